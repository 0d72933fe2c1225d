import type { InstanceRow } from '../../../records/tables/instances.ts';
import { findInstance } from '../../../records/tables/instances.ts';
import { allows, instanceCan } from '../../../rules/states.ts';
import type { Call } from '../../call.ts';

/** The caller's running instance of the region, where instances boot: what may be looked at from outside. */
export async function guestOf(call: Call, request: { regionId?: string; instanceId: string }): Promise<InstanceRow> {
  const { regionId } = call.region(request.regionId);
  const row = await findInstance(call.db, call.accountId, request.instanceId);
  if (row?.regionId !== regionId) throw call.error('InvalidParameter', { about: '"instanceId"' });
  if (!allows(instanceCan.beLookedAt, row.status)) {
    throw call.error('IncorrectInstanceStatus', { about: '{status}', values: { status: row.status } });
  }
  if (call.driver === 'none') {
    throw call.error('NotSupported', { about: '{instanceId}', values: { instanceId: row.id } });
  }
  return row;
}
