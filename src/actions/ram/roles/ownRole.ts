import { findRole, type RamRoleRow } from '../../../records/tables/ramRoles.ts';
import { isRoleName, LONGEST_ROLE_NAME } from '../../../rules/ramPolicies.ts';
import type { Call } from '../../call.ts';

export function checkRoleName(call: Call, name: string): void {
  if (!isRoleName(name)) throw call.error('InvalidParameter.RoleName.InvalidChars');
  if (name.length > LONGEST_ROLE_NAME) throw call.error('InvalidParameter.RoleName.Length');
}

/** The caller's role of this name. */
export async function ownRole(call: Call, name: string): Promise<RamRoleRow> {
  checkRoleName(call, name);
  const row = await findRole(call.db, call.accountId, name);
  if (!row) throw call.error('EntityNotExist.Role');
  return row;
}
