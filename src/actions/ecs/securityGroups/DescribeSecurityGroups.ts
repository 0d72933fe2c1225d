import {
  countMembers,
  countRules,
  listSecurityGroups,
  type SecurityGroupFilter,
  type SecurityGroupRow,
} from '../../../records/tables/securityGroups.ts';
import { jsonIds } from '../../../rules/idLists.ts';
import { likePattern } from '../../../rules/names.ts';
import { secondsTime } from '../../../rules/times.ts';
import { action } from '../../action.ts';
import type { Call } from '../../call.ts';
import { listAnswer, listWindow } from '../../listWindow.ts';
import { tagFilter, tagsOf } from '../../tags.ts';
import { capacityOf } from './group.ts';

const MAX_RESULTS = 100;

export const DescribeSecurityGroups = action(
  'Ecs',
  'DescribeSecurityGroups',
  { access: 'read' },
  async (request, call) => {
    const { regionId } = call.region(request.regionId);
    const window = listWindow(call, request, { maxResults: MAX_RESULTS });
    const filter: SecurityGroupFilter = {
      accountId: call.accountId,
      regionId,
      ids: idFilter(call, request),
      vpcId: request.vpcId,
      networkType: networkFilter(call, request.networkType),
      ...nameFilter(request),
      type: request.securityGroupType,
      resourceGroupId: request.resourceGroupId,
      tagged: tagFilter(call, { resourceType: 'securitygroup', regionId }, request.tag),
    };
    const found =
      request.serviceManaged === true ? { rows: [], total: 0 } : await listSecurityGroups(call.db, filter, window);
    const { rows, counts } = listAnswer(window, found);
    return { regionId, securityGroups: { securityGroup: await shownGroups(call, rows) }, ...counts };
  },
);

function idFilter(
  call: Call,
  request: { securityGroupId?: string; securityGroupIds?: string },
): readonly string[] | undefined {
  const { securityGroupId, securityGroupIds } = request;
  const listed = securityGroupIds === undefined ? undefined : jsonIds(securityGroupIds);
  if (listed === null)
    throw call.error('InvalidParameter', { hint: 'SecurityGroupIds is a JSON array of up to 100 ids.' });
  if (securityGroupId === undefined) return listed;
  return listed && !listed.includes(securityGroupId) ? [] : [securityGroupId];
}

function networkFilter(call: Call, networkType: string | undefined): SecurityGroupFilter['networkType'] {
  if (networkType === undefined || networkType === 'vpc' || networkType === 'classic') return networkType;
  throw call.error('InvalidParameter', { hint: 'NetworkType is vpc or classic.' });
}

function nameFilter(request: { securityGroupName?: string; fuzzyQuery?: boolean }) {
  const { securityGroupName: name, fuzzyQuery } = request;
  return fuzzyQuery && name !== undefined ? { nameLike: likePattern(`*${name}*`) } : { name };
}

async function shownGroups(call: Call, rows: readonly SecurityGroupRow[]) {
  const ids = rows.map(({ id }) => id);
  const members = await countMembers(call.db, ids);
  const rules = await countRules(call.db, ids);
  const tags = await tagsOf(call.db, 'securitygroup', ids);
  return rows.map((row) => {
    const ecsCount = members.get(row.id) ?? 0;
    return {
      securityGroupId: row.id,
      securityGroupName: row.name,
      description: row.description,
      securityGroupType: row.type,
      vpcId: row.vpcId ?? '',
      creationTime: secondsTime(row.createdAt),
      ecsCount,
      availableInstanceAmount: Math.max(0, capacityOf(row) - ecsCount),
      ruleCount: rules.get(row.id)?.all ?? 0,
      groupToGroupRuleCount: rules.get(row.id)?.toGroups ?? 0,
      resourceGroupId: row.resourceGroupId,
      serviceManaged: false,
      tags: { tag: tags.get(row.id) ?? [] },
    };
  });
}
