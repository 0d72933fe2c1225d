import type { RamRoleRow } from '../../../records/tables/ramRoles.ts';
import { EVERY_REGION } from '../../../rules/catalogue.ts';
import type { Call } from '../../call.ts';
import { ownRole } from '../roles/ownRole.ts';

/** Of what bears tags in RAM there are roles alone. */
export const ROLE = 'role';
/** Roles have no region. */
export const EVERYWHERE = EVERY_REGION;
const MOST_NAMES = 50;

export const taggedRole = (resourceId: string) => ({ resourceType: ROLE, resourceId, regionId: EVERYWHERE });

export function checkTaggedType(call: Call, resourceType: string): void {
  if (resourceType.toLowerCase() !== ROLE) throw call.error('InvalidParameter', { hint: 'ResourceType is role.' });
}

/** The roles named, each the caller's own. */
export async function taggableRoles(
  call: Call,
  request: { resourceType: string; resourceNames: readonly string[] },
): Promise<RamRoleRow[]> {
  checkTaggedType(call, request.resourceType);
  const names = [...new Set(request.resourceNames)];
  if (names.length > MOST_NAMES)
    throw call.error('InvalidParameter', { hint: `ResourceNames are at most ${MOST_NAMES}.` });
  const roles = [];
  for (const name of names) roles.push(await ownRole(call, name));
  return roles;
}
