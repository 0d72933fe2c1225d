import { attachmentsOf, findRole } from '../../records/tables/ramRoles.ts';
import { policiesAllow, trustsEcs } from '../../rules/ramPolicies.ts';
import type { Call } from '../call.ts';

/** What reading from a bucket and writing to one need of a role. */
interface Need {
  /** The cloud's own role for it, which it takes where none is named. */
  defaultRole: string;
  action: string;
}

export const IMPORT_ROLE: Need = { defaultRole: 'AliyunECSImageImportDefaultRole', action: 'oss:GetObject' };
export const EXPORT_ROLE: Need = { defaultRole: 'AliyunECSImageExportDefaultRole', action: 'oss:PutObject' };

/**
 * The service may read and write its accounts' buckets, so an account needs no role. One that names a role, or has the cloud's own, has to
 * have set it up as the cloud wants it: what runs here runs there.
 */
export async function checkBucketRole(call: Call, named: string | undefined, need: Need): Promise<void> {
  const role = await findRole(call.db, call.accountId, named ?? need.defaultRole);
  if (!role && named === undefined) return;
  const policies = role ? (await attachmentsOf(call.db, role.id)).map(({ policyName }) => policyName) : [];
  if (role && trustsEcs(role.trustPolicy) && policiesAllow(policies, need.action)) return;
  throw call.error('NoSetRoletoECSServiceAcount');
}
