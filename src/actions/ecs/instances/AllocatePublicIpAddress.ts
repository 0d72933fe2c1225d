import { updateInstance } from '../../../records/tables/instances.ts';
import { allows, instanceCan } from '../../../rules/states.ts';
import { action } from '../../action.ts';
import { refuseUnbuilt } from '../../unbuilt.ts';
import { incorrectStatus } from './incorrectStatus.ts';
import { allocatePublicIps } from './launchNetwork.ts';
import { ownInstance } from './ownInstance.ts';

/** Once per instance, which must have bandwidth outwards. */
export const AllocatePublicIpAddress = action(
  'Ecs',
  'AllocatePublicIpAddress',
  { access: 'write', required: ['instanceId'] },
  async (request, call) => {
    refuseUnbuilt(call, { IpAddress: request.ipAddress, VlanId: request.vlanId });
    const row = await ownInstance(call, request.instanceId);
    if (!allows(instanceCan.allocatePublicIp, row.status)) throw incorrectStatus(call, row);
    if (row.publicIp !== null) throw call.error('AllocatedAlready');
    if (row.internetMaxBandwidthOut === 0) throw call.error('AllocateIpInvalidInstanceBandwidth');
    const [publicIp] = await allocatePublicIps(call, 1);
    await updateInstance(call.db, row.id, { publicIp: publicIp! });
    const about = { regionId: row.regionId, resourceId: row.id };
    if (row.status === 'Running') await call.enqueue('readdressMachine', { instanceId: row.id }, about);
    return { ipAddress: publicIp! };
  },
);
