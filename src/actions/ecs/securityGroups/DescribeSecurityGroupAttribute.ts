import {
  namesOfGroups,
  rulesOf,
  type SecurityGroupRow,
  type SecurityGroupRuleRow,
} from '../../../records/tables/securityGroups.ts';
import { nextToken, readNextToken } from '../../../rules/nextToken.ts';
import { secondsTime } from '../../../rules/times.ts';
import { action } from '../../action.ts';
import type { Call } from '../../call.ts';
import { needGroup } from './group.ts';

const MAX_RESULTS = 1000;

export const DescribeSecurityGroupAttribute = action(
  'Ecs',
  'DescribeSecurityGroupAttribute',
  { access: 'read', required: ['securityGroupId'] },
  async (request, call) => {
    const group = await needGroup(call, request);
    const directions = directionsOf(call, request.direction);
    const shows = nicTypeFilter(call, group, request.nicType);
    const rules = (await rulesOf(call.db, group.id)).filter(
      (rule) => directions.includes(rule.direction) && shows(rule),
    );
    const { page, next } = pageOfRules(call, rules, request);
    const peers = page.flatMap(({ groupId }) => groupId ?? []);
    const names = await namesOfGroups(call.db, peers);
    return {
      regionId: group.regionId,
      securityGroupId: group.id,
      securityGroupName: group.name,
      description: group.description,
      vpcId: group.vpcId ?? '',
      innerAccessPolicy: group.innerAccessPolicy,
      permissions: { permission: page.map((rule) => shownRule(rule, names)) },
      snapshotPolicyIds: { snapshotPolicyId: [] },
      nextToken: next,
    };
  },
);

function directionsOf(call: Call, direction = 'all'): readonly string[] {
  if (direction === 'all') return ['ingress', 'egress'];
  if (direction !== 'ingress' && direction !== 'egress') throw call.error('InvalidParamter');
  return [direction];
}

/** In a VPC all rules are `intranet`, and the filter says nothing: clients send the classic network's default there too. */
function nicTypeFilter(
  call: Call,
  group: SecurityGroupRow,
  nicType = 'internet',
): (rule: SecurityGroupRuleRow) => boolean {
  if (nicType !== 'internet' && nicType !== 'intranet') throw call.error('InvalidNicType.ValueNotSupported');
  return (rule) => group.vpcId !== null || rule.nicType === nicType;
}

/** All of them unless MaxResults or NextToken is sent. */
function pageOfRules(
  call: Call,
  rules: readonly SecurityGroupRuleRow[],
  request: { maxResults?: number; nextToken?: string },
): { page: readonly SecurityGroupRuleRow[]; next: string } {
  const size = Math.min(MAX_RESULTS, Math.max(1, request.maxResults ?? MAX_RESULTS));
  const position = request.nextToken === undefined ? [''] : readNextToken(request.nextToken, ['']);
  if (!position) throw call.error('InvalidParamter', { hint: 'NextToken is none that was given before.' });
  const start = rules.findIndex(({ id }) => id === position[0]) + 1;
  const page = rules.slice(start, start + size);
  const last = page.at(-1);
  return { page, next: last && start + size < rules.length ? nextToken([last.id]) : '' };
}

function shownRule(rule: SecurityGroupRuleRow, names: ReadonlyMap<string, string>) {
  const cidrIp = rule.cidrIp ?? '';
  const ipv6CidrIp = rule.ipv6CidrIp ?? '';
  const ownCidrIp = rule.ownCidrIp ?? '';
  const ownIpv6CidrIp = rule.ownIpv6CidrIp ?? '';
  const groupId = rule.groupId ?? '';
  const groupName = names.get(groupId) ?? '';
  const groupOwnerAccount = rule.groupOwnerAccount ?? '';
  const prefixListId = rule.prefixListId ?? '';
  const isInbound = rule.direction === 'ingress';
  return {
    securityGroupRuleId: rule.id,
    direction: rule.direction,
    ipProtocol: rule.ipProtocol,
    portRange: rule.portRange,
    sourcePortRange: rule.sourcePortRange ?? '',
    portRangeListId: '',
    portRangeListName: '',
    policy: rule.policy,
    priority: String(rule.priority),
    nicType: rule.nicType,
    description: rule.description,
    createTime: secondsTime(rule.createdAt),
    sourceCidrIp: isInbound ? cidrIp : ownCidrIp,
    ipv6SourceCidrIp: isInbound ? ipv6CidrIp : ownIpv6CidrIp,
    sourceGroupId: isInbound ? groupId : '',
    sourceGroupName: isInbound ? groupName : '',
    sourceGroupOwnerAccount: isInbound ? groupOwnerAccount : '',
    sourcePrefixListId: isInbound ? prefixListId : '',
    sourcePrefixListName: '',
    destCidrIp: isInbound ? ownCidrIp : cidrIp,
    ipv6DestCidrIp: isInbound ? ownIpv6CidrIp : ipv6CidrIp,
    destGroupId: isInbound ? '' : groupId,
    destGroupName: isInbound ? '' : groupName,
    destGroupOwnerAccount: isInbound ? '' : groupOwnerAccount,
    destPrefixListId: isInbound ? '' : prefixListId,
    destPrefixListName: '',
  };
}
