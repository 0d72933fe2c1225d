import { findRole } from '../../../records/tables/ramRoles.ts';
import { trustsEcs } from '../../../rules/ramPolicies.ts';
import type { Call } from '../../call.ts';

/** Refuses a role that the caller's instances can't have: it must be the account's own, and trust ECS. */
export async function checkEcsRole(call: Call, name: string): Promise<void> {
  const role = await findRole(call.db, call.accountId, name);
  if (!role) throw call.error('InvalidRamRole.NotFound');
  if (!trustsEcs(role.trustPolicy)) throw call.error('InvalidRamRole.NotEcsRole');
}
