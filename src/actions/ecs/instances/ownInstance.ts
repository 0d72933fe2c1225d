import { findInstance, type InstanceRow } from '../../../records/tables/instances.ts';
import type { Call } from '../../call.ts';

/** The caller's instance; another account's answers like none. */
export async function ownInstance(call: Call, instanceId: string): Promise<InstanceRow> {
  const row = await findInstance(call.db, call.accountId, instanceId);
  if (!row) throw call.error('InvalidInstanceId.NotFound', { about: 'does not exist' });
  return row;
}
