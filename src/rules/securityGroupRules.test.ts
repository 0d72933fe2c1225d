import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isCatalogued } from '../contract/errors.ts';
import {
  isRefusal,
  isSameRule,
  matchesRule,
  readRule,
  type Direction,
  type Rule,
  type RuleInput,
} from './securityGroupRules.ts';

const VPC_INGRESS = { direction: 'ingress', network: 'vpc' } as const;
const SSH: RuleInput = { ipProtocol: 'tcp', portRange: '22/22', peerCidrIp: '10.0.0.0/8' };

function rule(input: RuleInput, group: { direction: Direction; network: 'vpc' | 'classic' } = VPC_INGRESS): Rule {
  const read = readRule(input, group);
  assert.ok(!isRefusal(read), JSON.stringify(read));
  return read;
}

function refusal(input: RuleInput, group: { direction: Direction; network: 'vpc' | 'classic' } = VPC_INGRESS): string {
  const read = readRule(input, group);
  assert.ok(isRefusal(read), JSON.stringify(read));
  const action = group.direction === 'ingress' ? 'AuthorizeSecurityGroup' : 'AuthorizeSecurityGroupEgress';
  assert.ok(isCatalogued(action, read.code), read.code);
  return read.code;
}

test('a rule is read with its defaults', () => {
  assert.deepEqual(rule(SSH), {
    ipProtocol: 'TCP',
    portRange: '22/22',
    sourcePortRange: null,
    policy: 'Accept',
    priority: 1,
    nicType: 'intranet',
    cidrIp: '10.0.0.0/8',
    ipv6CidrIp: null,
    groupId: null,
    prefixListId: null,
    ownCidrIp: null,
    ownIpv6CidrIp: null,
  });
});

test('protocols, ports, policy and priority outside of their values are refused', () => {
  const cases: [RuleInput, string][] = [
    [{ ipProtocol: undefined }, 'InvalidIpProtocol.ValueNotSupported'],
    [{ ipProtocol: 'sctp' }, 'InvalidIpProtocol.ValueNotSupported'],
    [{ portRange: undefined }, 'InvalidIpProtocol.Malformed'],
    [{ portRange: '22' }, 'InvalidIpProtocol.Malformed'],
    [{ portRange: '0/10' }, 'InvalidIpProtocol.Malformed'],
    [{ portRange: '1/65536' }, 'InvalidIpProtocol.Malformed'],
    [{ portRange: '80/22' }, 'InvalidIpProtocol.Malformed'],
    [{ portRange: '-1/22' }, 'InvalidIpProtocol.Malformed'],
    [{ portRange: '-1/-1' }, 'OperationDenied'],
    [{ ipProtocol: 'icmp' }, 'OperationDenied'],
    [{ ipProtocol: 'all' }, 'OperationDenied'],
    [{ sourcePortRange: '99999/1' }, 'InvalidSourcePortRange.Malformed'],
    [{ policy: 'allow' }, 'InvalidPolicy.Malformed'],
    [{ priority: 'high' }, 'InvalidPriority.Malformed'],
    [{ priority: '1.5' }, 'InvalidPriority.Malformed'],
    [{ priority: '0' }, 'InvalidPriority.ValueNotSupported'],
    [{ priority: '101' }, 'InvalidPriority.ValueNotSupported'],
    [{ nicType: 'wifi' }, 'InvalidNicType.ValueNotSupported'],
  ];
  for (const [change, code] of cases) assert.equal(refusal({ ...SSH, ...change }), code, JSON.stringify(change));
});

test('the other side is one block, group or list, well formed', () => {
  const noPeer = { ipProtocol: 'all', portRange: '-1/-1' };
  const cases: [RuleInput, Direction, string][] = [
    [{}, 'ingress', 'MissingParameter.Source'],
    [{}, 'egress', 'MissingParameter.Dest'],
    [{ peerCidrIp: '10.0.0.0/33' }, 'ingress', 'InvalidSourceCidrIp.Malformed'],
    [{ peerCidrIp: '10.0.0.300' }, 'egress', 'InvalidDestCidrIp.Malformed'],
    [{ peerCidrIp: '::/0' }, 'ingress', 'InvalidSourceCidrIp.Malformed'],
    [{ peerIpv6CidrIp: '10.0.0.0/8' }, 'ingress', 'InvalidParam.Ipv6SourceCidrIp'],
    [{ peerIpv6CidrIp: '::/129' }, 'egress', 'InvalidParam.Ipv6DestCidrIp'],
    [{ peerIpv6CidrIp: 'fe80::1%eth0' }, 'ingress', 'InvalidParam.Ipv6SourceCidrIp'],
    [{ peerCidrIp: '0.0.0.0/0', peerIpv6CidrIp: '::/0' }, 'ingress', 'InvalidParam.SourceIp'],
    [{ peerCidrIp: '0.0.0.0/0', ownCidrIp: 'x' }, 'ingress', 'InvalidDestCidrIp.Malformed'],
    [{ peerCidrIp: '0.0.0.0/0', ownCidrIp: 'x' }, 'egress', 'InvalidParam.SourceIp'],
    [{ peerCidrIp: '0.0.0.0/0', ownIpv6CidrIp: '::/0' }, 'ingress', 'InvalidParam.Ipv4ProtocolConflictWithIpv6Address'],
    [{ peerCidrIp: '10.0.0.0/8', ownCidrIp: '10.1.0.0/8' }, 'ingress', 'InvalidParamter.Conflict'],
    [{ ipProtocol: 'icmp', peerIpv6CidrIp: '::/0' }, 'ingress', 'InvalidParam.Ipv4ProtocolConflictWithIpv6Address'],
    [{ ipProtocol: 'icmpv6', peerCidrIp: '0.0.0.0/0' }, 'ingress', 'InvalidParam.Ipv6ProtocolConflictWithIpv4Address'],
  ];
  for (const [change, direction, code] of cases) {
    assert.equal(refusal({ ...noPeer, ...change }, { direction, network: 'vpc' }), code, JSON.stringify(change));
  }
  assert.equal(rule({ ...noPeer, peerCidrIp: '10.0.0.7', peerGroupId: 'sg-1' }).groupId, null);
  assert.equal(rule({ ...noPeer, peerGroupId: 'sg-1', peerPrefixListId: 'pl-1' }).prefixListId, null);
});

test('only classic groups tell internet from intranet, and groups there are named on the intranet', () => {
  assert.equal(rule({ ...SSH, nicType: 'internet' }).nicType, 'intranet');
  const classic = { direction: 'ingress', network: 'classic' } as const;
  assert.equal(rule(SSH, classic).nicType, 'internet');
  const toGroup = { ipProtocol: 'all', portRange: '-1/-1', peerGroupId: 'sg-1' };
  assert.equal(refusal(toGroup, classic), 'InvalidSourceGroupId.Mismatch');
  assert.equal(refusal(toGroup, { ...classic, direction: 'egress' }), 'InvalidDestGroupId.Mismatch');
  assert.equal(rule({ ...toGroup, nicType: 'intranet' }, classic).nicType, 'intranet');
});

test('rules are the same when they do the same', () => {
  assert.ok(isSameRule(rule({ ...SSH, peerCidrIp: '10.0.0.7' }), rule({ ...SSH, peerCidrIp: '10.0.0.7/32' })));
  assert.ok(isSameRule(rule({ ...SSH, peerCidrIp: '10.1.2.3/8' }), rule(SSH)));
  assert.ok(!isSameRule(rule(SSH), rule({ ...SSH, priority: '2' })));
  assert.ok(matchesRule(rule(SSH), rule({ ...SSH, priority: '2' })));
  assert.ok(!matchesRule(rule(SSH), rule({ ...SSH, policy: 'drop' })));
  assert.ok(!matchesRule(rule(SSH), rule({ ...SSH, ownCidrIp: '192.168.0.0/16' })));
});
