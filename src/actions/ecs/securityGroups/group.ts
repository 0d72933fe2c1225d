import { findSecurityGroup, type SecurityGroupRow } from '../../../records/tables/securityGroups.ts';
import { isDescription, isResourceName } from '../../../rules/names.ts';
import { quotas } from '../../../rules/quotas.ts';
import type { Call } from '../../call.ts';

/** The caller's group, in the region that was named if any was. Others' are as good as absent. */
export async function needGroup(
  call: Call,
  request: { regionId?: string; securityGroupId: string },
): Promise<SecurityGroupRow> {
  const region = request.regionId === undefined ? null : call.region(request.regionId);
  const row = await findSecurityGroup(call.db, call.accountId, request.securityGroupId);
  if (!row || (region && region.regionId !== row.regionId)) throw call.error('InvalidSecurityGroupId.NotFound');
  return row;
}

export function checkGroupNames(call: Call, request: { securityGroupName?: string; description?: string }): void {
  const { securityGroupName, description = '' } = request;
  if (securityGroupName !== undefined && !isResourceName(securityGroupName)) {
    throw call.error('InvalidSecurityGroupName.Malformed');
  }
  if (!isDescription(description)) throw call.error('InvalidSecurityGroupDiscription.Malformed');
}

/** How many instances the group may have. */
export const capacityOf = (group: Pick<SecurityGroupRow, 'type'>): number =>
  quotas.instancesOfSecurityGroup[group.type];
