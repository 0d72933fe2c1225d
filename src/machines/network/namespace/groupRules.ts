import { formatCidr, parseCidr } from '../../../rules/cidr.ts';
import type { Direction, Rule } from '../../../rules/securityGroupRules.ts';
import type { GroupView } from '../view.ts';

/**
 * What the groups that a guest is in say together, as statements of nftables. A packet that is let in is accepted; one that is let out
 * returns from the chain, for its target's rules to be asked. Sources: "Basic and advanced security groups", "Security group rules",
 * ModifySecurityGroupPolicy.
 */
export function chainOf(
  groups: readonly GroupView[],
  direction: Direction,
  setOf: (groupId: string) => string,
): string[] {
  const accept = direction === 'ingress' ? 'accept' : 'return';
  const peer = direction === 'ingress' ? 'saddr' : 'daddr';
  const inner = groups.filter((group) => group.innerAccessPolicy === 'Accept');
  const rules = groups.flatMap((group) => group.rules).filter((rule) => rule.direction === direction);
  // Of the same priority, those that drop come first.
  const sorted = rules.toSorted(
    (a, b) => a.priority - b.priority || Number(a.policy === 'Accept') - Number(b.policy === 'Accept'),
  );
  const isOpen = direction === 'egress' && groups.some(({ type }) => type === 'normal');
  return [
    // Stands above the rules.
    ...inner.map(({ id }) => `ip ${peer} @${setOf(id)} ${accept}`),
    ...sorted.flatMap((rule) => {
      const match = matchOf(rule, direction, setOf);
      return match === null ? [] : [[...match, rule.policy === 'Accept' ? accept : 'drop'].join(' ')];
    }),
    isOpen ? accept : 'drop',
  ];
}

/** Null: nothing that guests here send. They have no IPv6, and there are no prefix lists. */
function matchOf(rule: Rule, direction: Direction, setOf: (groupId: string) => string): string[] | null {
  const { ipProtocol, cidrIp, groupId, ownCidrIp } = rule;
  if (ipProtocol === 'ICMPV6' || rule.ipv6CidrIp !== null || rule.ownIpv6CidrIp !== null || rule.prefixListId !== null)
    return null;
  const [peer, own] = direction === 'ingress' ? ['saddr', 'daddr'] : ['daddr', 'saddr'];
  return [
    ...(ipProtocol === 'ALL' ? [] : [`meta l4proto ${PROTOCOLS[ipProtocol]}`]),
    ...(cidrIp === null ? [] : [`ip ${peer} ${blockOf(cidrIp)}`]),
    ...(groupId === null ? [] : [`ip ${peer} @${setOf(groupId)}`]),
    ...(ownCidrIp === null ? [] : [`ip ${own} ${blockOf(ownCidrIp)}`]),
    ...portsOf('dport', rule.portRange),
    ...(rule.sourcePortRange === null ? [] : portsOf('sport', rule.sourcePortRange)),
  ];
}

const PROTOCOLS: Readonly<Record<string, string>> = { TCP: 'tcp', UDP: 'udp', ICMP: 'icmp', GRE: 'gre' };

function portsOf(side: 'dport' | 'sport', range: string): string[] {
  const [from, to] = range.split('/').map(Number);
  return from === -1 ? [] : [`th ${side} ${from}-${to}`];
}

/** Never the text of the one who wrote the rule. */
function blockOf(text: string): string {
  const cidr = parseCidr(text.includes('/') ? text : `${text}/32`);
  return cidr ? formatCidr(cidr) : '255.255.255.255/32';
}
