import { listAccounts } from '../../../records/tables/accounts.ts';
import { findSecurityGroup, type SecurityGroupRow } from '../../../records/tables/securityGroups.ts';
import {
  isRefusal,
  isRuleDescription,
  readRule,
  type Direction,
  type Refusal,
  type Rule,
  type RuleInput,
} from '../../../rules/securityGroupRules.ts';
import type { Call } from '../../call.ts';
import { lists } from '../../lists.ts';
import { refuseUnbuilt } from '../../unbuilt.ts';

/** A rule as the wire has it, flat or as one of `Permissions.N`, inbound or outbound: all fields of both. */
export interface Permission {
  ipProtocol?: string;
  portRange?: string;
  sourcePortRange?: string;
  portRangeListId?: string;
  policy?: string;
  priority?: string;
  nicType?: string;
  description?: string;
  sourceCidrIp?: string;
  ipv6SourceCidrIp?: string;
  sourceGroupId?: string;
  sourceGroupOwnerAccount?: string;
  sourceGroupOwnerId?: number;
  sourcePrefixListId?: string;
  destCidrIp?: string;
  ipv6DestCidrIp?: string;
  destGroupId?: string;
  destGroupOwnerAccount?: string;
  destGroupOwnerId?: number | string;
  destPrefixListId?: string;
}

/** A checked rule with its description and, where the other side is another account's group, that account's name. */
export interface CheckedRule {
  rule: Rule;
  description: string;
  groupOwnerAccount: string | null;
}

/** `Permissions.N`, or the flat form of old clients when there are none. */
export const permissionsOf = (request: Permission & { permissions?: Permission[] }): readonly Permission[] =>
  request.permissions && request.permissions.length > 0 ? request.permissions : [request];

/** The same rule told from the group: which of source and destination is the other side depends on the direction. */
export function ruleInput(permission: Permission, direction: Direction): RuleInput {
  const { ipProtocol, portRange, sourcePortRange, policy, priority, nicType, description } = permission;
  const shared = { ipProtocol, portRange, sourcePortRange, policy, priority, nicType, description };
  if (direction === 'ingress') {
    return {
      ...shared,
      peerCidrIp: permission.sourceCidrIp,
      peerIpv6CidrIp: permission.ipv6SourceCidrIp,
      peerGroupId: permission.sourceGroupId,
      peerPrefixListId: permission.sourcePrefixListId,
      ownCidrIp: permission.destCidrIp,
      ownIpv6CidrIp: permission.ipv6DestCidrIp,
    };
  }
  return {
    ...shared,
    peerCidrIp: permission.destCidrIp,
    peerIpv6CidrIp: permission.ipv6DestCidrIp,
    peerGroupId: permission.destGroupId,
    peerPrefixListId: permission.destPrefixListId,
    ownCidrIp: permission.sourceCidrIp,
    ownIpv6CidrIp: permission.ipv6SourceCidrIp,
  };
}

export async function checkedRule(
  call: Call,
  group: SecurityGroupRow,
  direction: Direction,
  permission: Permission,
): Promise<CheckedRule> {
  return checkedInput(call, group, direction, ruleInput(permission, direction), permission);
}

/** As `checkedRule`, of an input that a stored rule may have completed. */
export async function checkedInput(
  call: Call,
  group: SecurityGroupRow,
  direction: Direction,
  input: RuleInput,
  permission: Permission,
): Promise<CheckedRule> {
  if (permission.portRange === undefined) refuseUnbuilt(call, { PortRangeListId: permission.portRangeListId });
  const { description = '' } = input;
  if (!isRuleDescription(description)) throw call.error('InvalidSecurityGroupDiscription.Malformed');
  const rule = readRule(input, { direction, network: group.vpcId === null ? 'classic' : 'vpc' });
  if (isRefusal(rule)) throw refused(call, rule);
  if (rule.prefixListId !== null) throw call.error('InvalidPrefixListId.NotFound');
  const groupOwnerAccount =
    rule.groupId === null ? null : await checkPeerGroup(call, group, direction, rule.groupId, permission);
  return { rule, description, groupOwnerAccount };
}

/** Revoking has a code of its own for the port range. */
function refused(call: Call, { code, about, values }: Refusal) {
  const ports = lists(call, 'InvalidIpPortRange.Malformed')
    ? 'InvalidIpPortRange.Malformed'
    : 'InvalidIpProtocol.Malformed';
  return call.error(code === 'InvalidIpProtocol.Malformed' ? ports : code, {
    ...(about && { about }),
    ...(values && { values }),
  });
}

/** The account whose group the other side is, when it is not the caller's. */
async function checkPeerGroup(
  call: Call,
  group: SecurityGroupRow,
  direction: Direction,
  peerId: string,
  permission: Permission,
): Promise<string | null> {
  const side = direction === 'ingress' ? 'Source' : 'Dest';
  if (peerId === group.id) {
    if (direction === 'egress') throw call.error('InvalidSecurityGroup.IsSame');
    throw call.error('InvalidParamter.Conflict', { about: 'SecurityGroupId' });
  }
  const owner = await peerOwner(call, direction, permission);
  const peer = owner && (await findSecurityGroup(call.db, owner.id, peerId));
  if (!peer || peer.regionId !== group.regionId) {
    throw call.error(side === 'Source' ? 'InvalidSourceGroupId.NotFound' : 'InvalidDestGroupId.NotFound');
  }
  if ((peer.vpcId === null) !== (group.vpcId === null)) {
    throw call.error('InvalidNetworkType.Conflict', { about: 'SourceGroup network type' });
  }
  const isOwn = owner.id === call.accountId;
  if (isOwn && peer.vpcId !== group.vpcId) {
    const code = side === 'Source' ? 'InvalidSourceGroupId.Mismatch' : 'InvalidDestGroupId.Mismatch';
    throw call.error(code, { about: 'not in the same VPC' });
  }
  if (group.type === 'enterprise' || peer.type === 'enterprise') {
    throw call.error('UnsupportedParameter', { hint: 'Rules of advanced security groups name no other groups.' });
  }
  return isOwn ? null : owner.name;
}

async function peerOwner(
  call: Call,
  direction: Direction,
  permission: Permission,
): Promise<{ id: string; name: string } | undefined> {
  const [id, name] =
    direction === 'ingress'
      ? [permission.sourceGroupOwnerId, permission.sourceGroupOwnerAccount]
      : [permission.destGroupOwnerId, permission.destGroupOwnerAccount];
  if (id === undefined && name === undefined) return call.caller.account;
  const accounts = await listAccounts(call.db);
  return accounts.find((account) => (id === undefined ? account.name === name : account.id === String(id)));
}
