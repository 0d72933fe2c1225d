import {
  deleteRules,
  insertRule,
  rulesOf,
  updateRule,
  type SecurityGroupRow,
  type SecurityGroupRuleRow,
} from '../../../records/tables/securityGroups.ts';
import { isSameRule, matchesRule, type Direction, type RuleInput } from '../../../rules/securityGroupRules.ts';
import type { Call } from '../../call.ts';
import { needGroup } from './group.ts';
import {
  checkedInput,
  checkedRule,
  permissionsOf,
  ruleInput,
  type CheckedRule,
  type Permission,
} from './ruleRequest.ts';

/** The verbs on rules, one implementation for both directions. */

const MAX_PERMISSIONS = 100;

interface RulesRequest extends Permission {
  regionId?: string;
  securityGroupId: string;
  permissions?: Permission[];
}

/** A rule that is there already is not added again. */
export async function authorize(
  call: Call,
  request: RulesRequest,
  direction: Direction,
): Promise<Record<never, never>> {
  const group = await needGroup(call, request);
  const rules = await rulesOf(call.db, group.id);
  const most = await call.quota('rulesOfSecurityGroup');
  for (const permission of listedPermissions(call, request)) {
    const { rule, description, groupOwnerAccount } = await checkedRule(call, group, direction, permission);
    if (rules.some((row) => row.direction === direction && isSameRule(row, rule))) continue;
    if (rules.length >= most) throw call.error('AuthorizationLimitExceed');
    const row: SecurityGroupRuleRow = {
      ...rule,
      id: call.ids.resource('sgr', call.region(group.regionId).idInfix),
      securityGroupId: group.id,
      direction,
      description,
      groupOwnerAccount,
      createdAt: call.clock.now(),
    };
    await insertRule(call.db, row);
    rules.push(row);
  }
  return {};
}

/** A described rule that is not there is as good as revoked; an id that is not there is an error. */
export async function revoke(
  call: Call,
  request: RulesRequest & { securityGroupRuleId?: string[] },
  direction: Direction,
): Promise<Record<never, never>> {
  const group = await needGroup(call, request);
  const rules = (await rulesOf(call.db, group.id)).filter((row) => row.direction === direction);
  const ids = request.securityGroupRuleId ?? [];
  if (ids.length > 0) {
    const known = new Set(rules.map(({ id }) => id));
    if (!ids.every((id) => known.has(id))) throw call.error('InvalidGroupAuthItem.NotFound');
    await deleteRules(call.db, ids);
    return {};
  }
  for (const permission of listedPermissions(call, request)) {
    const wanted = await checkedRule(call, group, direction, permission);
    const found = rules.filter((row) => isMeant(row, wanted, permission));
    await deleteRules(
      call.db,
      found.map(({ id }) => id),
    );
  }
  return {};
}

/** With an id every field that is sent changes; without one the fields say which rule is meant, and its description changes. */
export async function modify(
  call: Call,
  request: RulesRequest & { securityGroupRuleId?: string },
  direction: Direction,
): Promise<Record<never, never>> {
  const group = await needGroup(call, request);
  const rules = (await rulesOf(call.db, group.id)).filter((row) => row.direction === direction);
  if (request.securityGroupRuleId !== undefined) {
    const row = rules.find(({ id }) => id === request.securityGroupRuleId);
    if (!row) throw call.error('SecurityGroupRule.NotFound');
    return rewrite(call, group, row, rules, request);
  }
  const wanted = await checkedRule(call, group, direction, request);
  const found = rules.filter((row) => isMeant(row, wanted, request));
  if (found.length === 0) throw call.error('SecurityGroupRule.NotFound');
  if (request.description === undefined) return {};
  for (const { id } of found) await updateRule(call.db, id, { description: request.description });
  return {};
}

async function rewrite(
  call: Call,
  group: SecurityGroupRow,
  row: SecurityGroupRuleRow,
  rules: readonly SecurityGroupRuleRow[],
  request: Permission,
): Promise<Record<never, never>> {
  const { direction } = row;
  if (request.nicType !== undefined && request.nicType !== row.nicType)
    throw call.error('InvalidOperation.ModifyNicType');
  const asked = ruleInput(request, direction);
  if (changesKindOfPeer(asked, row)) throw call.error('InvalidOperation.ModifySgRuleEntityType');
  const merged = { ...storedInput(row), ...defined(asked) };
  const owner = asked.peerGroupId === undefined && row.groupOwnerAccount !== null ? row.groupOwnerAccount : undefined;
  const { rule, description, groupOwnerAccount } = await checkedInput(call, group, direction, merged, {
    ...request,
    portRange: merged.portRange!,
    ...(owner && { sourceGroupOwnerAccount: owner, destGroupOwnerAccount: owner }),
  });
  if (rules.some((other) => other.id !== row.id && isSameRule(other, rule))) {
    throw call.error('InvalidOperation.RuleDuplicate', { values: ['Another rule of the group is the same'] });
  }
  await updateRule(call.db, row.id, { ...rule, description, groupOwnerAccount });
  return {};
}

function listedPermissions(call: Call, request: RulesRequest): readonly Permission[] {
  const permissions = permissionsOf(request);
  if (permissions.length <= MAX_PERMISSIONS) return permissions;
  throw call.error('InvalidParameter', { hint: `One call takes up to ${MAX_PERMISSIONS} Permissions.` });
}

const isMeant = (row: SecurityGroupRuleRow, { rule }: CheckedRule, permission: Permission): boolean =>
  matchesRule(row, rule) && (permission.priority === undefined || row.priority === rule.priority);

function changesKindOfPeer(asked: RuleInput, row: SecurityGroupRuleRow): boolean {
  return (
    (asked.peerCidrIp !== undefined && row.cidrIp === null) ||
    (asked.peerIpv6CidrIp !== undefined && row.ipv6CidrIp === null) ||
    (asked.peerGroupId !== undefined && row.groupId === null) ||
    (asked.peerPrefixListId !== undefined && row.prefixListId === null)
  );
}

const storedInput = (row: SecurityGroupRuleRow): RuleInput => ({
  ipProtocol: row.ipProtocol,
  portRange: row.portRange,
  sourcePortRange: row.sourcePortRange ?? undefined,
  policy: row.policy,
  priority: String(row.priority),
  nicType: row.nicType,
  description: row.description,
  peerCidrIp: row.cidrIp ?? undefined,
  peerIpv6CidrIp: row.ipv6CidrIp ?? undefined,
  peerGroupId: row.groupId ?? undefined,
  peerPrefixListId: row.prefixListId ?? undefined,
  ownCidrIp: row.ownCidrIp ?? undefined,
  ownIpv6CidrIp: row.ownIpv6CidrIp ?? undefined,
});

const defined = (input: RuleInput): RuleInput =>
  Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined));
