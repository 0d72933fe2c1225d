import { eipsOfInstances } from '../../../records/tables/eips.ts';
import { updateInstance, type InstanceRow } from '../../../records/tables/instances.ts';
import type { Call } from '../../call.ts';
import { allocatePublicIps } from '../../publicIps.ts';

/** Whether something public leads to it: an address of its own, or an elastic one. */
export const hasPublicIp = async (call: Call, { id, publicIp }: InstanceRow): Promise<boolean> =>
  publicIp !== null || (await eipsOfInstances(call.db, [id])).size > 0;

/** A public address of its own, at which it is reached at once when it runs. It must have bandwidth outwards. */
export async function givePublicIp(call: Call, row: InstanceRow): Promise<string> {
  if (row.internetMaxBandwidthOut === 0) throw call.error('AllocateIpInvalidInstanceBandwidth');
  const [publicIp = ''] = await allocatePublicIps(call, 1);
  await updateInstance(call.db, row.id, { publicIp });
  const about = { regionId: row.regionId, resourceId: row.id };
  if (row.status === 'Running') await call.enqueue('readdressMachine', { instanceId: row.id }, about);
  return publicIp;
}
