import { isIPv6 } from 'node:net';
import { parseAddress, parseCidr } from './cidr.ts';

/**
 * What one security group rule may say. Source: AuthorizeSecurityGroup, AuthorizeSecurityGroupEgress and
 * ModifySecurityGroupRule in the API reference.
 */

export type Direction = 'ingress' | 'egress';

/** A rule as requests write it, told from the group: `peer` is the other side, `own` the group's. */
export interface RuleInput {
  ipProtocol?: string | undefined;
  portRange?: string | undefined;
  sourcePortRange?: string | undefined;
  policy?: string | undefined;
  priority?: string | undefined;
  nicType?: string | undefined;
  description?: string | undefined;
  peerCidrIp?: string | undefined;
  peerIpv6CidrIp?: string | undefined;
  peerGroupId?: string | undefined;
  peerPrefixListId?: string | undefined;
  ownCidrIp?: string | undefined;
  ownIpv6CidrIp?: string | undefined;
}

/** The fields of a rule that say what it does; who the other side is comes with them. */
export interface Rule {
  ipProtocol: string;
  portRange: string;
  sourcePortRange: string | null;
  policy: 'Accept' | 'Drop';
  priority: number;
  nicType: 'internet' | 'intranet';
  cidrIp: string | null;
  ipv6CidrIp: string | null;
  groupId: string | null;
  prefixListId: string | null;
  ownCidrIp: string | null;
  ownIpv6CidrIp: string | null;
}

/** An official error code, with what tells it from others of the same code, or fills its text. */
export interface Refusal {
  code: string;
  about?: string;
  values?: readonly string[];
}

export const isRefusal = (result: object): result is Refusal => 'code' in result;

/** Protocols with ports; the others take `-1/-1` only. */
const WITH_PORTS: ReadonlySet<string> = new Set(['TCP', 'UDP']);
const PROTOCOLS: ReadonlySet<string> = new Set([...WITH_PORTS, 'ICMP', 'ICMPV6', 'GRE', 'ALL']);
const NO_PORTS = '-1/-1';

/** The rule that `input` asks for in a group of that network, or the code that refuses it. */
export function readRule(
  input: RuleInput,
  group: { direction: Direction; network: 'vpc' | 'classic' },
): Rule | Refusal {
  const ipProtocol = (input.ipProtocol ?? '').toUpperCase();
  if (!PROTOCOLS.has(ipProtocol)) return { code: 'InvalidIpProtocol.ValueNotSupported', about: 'must be specified' };
  const ports = readPorts(ipProtocol, input.portRange, 'InvalidIpProtocol.Malformed');
  if (typeof ports !== 'string') return ports;
  const sourcePorts =
    input.sourcePortRange === undefined
      ? null
      : readPorts(ipProtocol, input.sourcePortRange, 'InvalidSourcePortRange.Malformed');
  if (sourcePorts !== null && typeof sourcePorts !== 'string') return sourcePorts;

  const policy = readPolicy(input.policy);
  if (!policy) return { code: 'InvalidPolicy.Malformed' };
  const priority = readPriority(input.priority);
  if (typeof priority !== 'number') return priority;
  const peer = readPeer(input, group.direction);
  if (isRefusal(peer)) return peer;
  const own = readOwn(input, group.direction);
  if (isRefusal(own)) return own;
  const sides = { ...peer, ...own };
  const conflict = familyConflict(ipProtocol, sides) ?? sameSides(sides);
  if (conflict) return conflict;
  const nicType = readNicType(input.nicType, group, peer);
  if (typeof nicType !== 'string') return nicType;
  return { ipProtocol, portRange: ports, sourcePortRange: sourcePorts, policy, priority, nicType, ...sides };
}

/** 1-512 characters; blank is none. */
export const isRuleDescription = (text: string): boolean => text.length <= 512;

/** Two rules that would do the same to the same packets, whatever is written in their descriptions. */
export const isSameRule = (a: Rule, b: Rule): boolean => a.priority === b.priority && matchesRule(a, b);

/** As `isSameRule` but of any priority: how RevokeSecurityGroup and the like find a rule that they have no id of. */
export const matchesRule = (a: Rule, b: Rule): boolean =>
  KEY_FIELDS.every((field) => a[field] === b[field]) &&
  sameBlock(a.cidrIp, b.cidrIp) &&
  sameBlock(a.ownCidrIp, b.ownCidrIp);

const KEY_FIELDS = [
  'ipProtocol',
  'portRange',
  'sourcePortRange',
  'policy',
  'nicType',
  'ipv6CidrIp',
  'groupId',
  'prefixListId',
  'ownIpv6CidrIp',
] as const satisfies readonly (keyof Rule)[];

/** `10.0.0.7` and `10.0.0.7/32` are the same block. */
function sameBlock(a: string | null, b: string | null): boolean {
  if (a === b || a === null || b === null) return a === b;
  const [left, right] = [blockOf(a), blockOf(b)];
  return left !== null && right !== null && left.first === right.first && left.prefix === right.prefix;
}

const blockOf = (text: string) => parseCidr(text.includes('/') ? text : `${text}/32`);

const isIpv4Block = (text: string): boolean => parseAddress(text) !== null || parseCidr(text) !== null;

function isIpv6Block(text: string): boolean {
  const [address = '', mask, ...more] = text.split('/');
  if (more.length > 0 || !isIPv6(address) || address.includes('%')) return false;
  return mask === undefined || (/^(?:0|[1-9]\d{0,2})$/.test(mask) && Number(mask) <= 128);
}

function readPorts(ipProtocol: string, text: string | undefined, code: string): string | Refusal {
  const match = /^(-?\d{1,5})\/(-?\d{1,5})$/.exec(text ?? '');
  if (!match) return { code };
  const [from, to] = [Number(match[1]), Number(match[2])];
  const isNone = from === -1 && to === -1;
  if (!isNone && (from < 1 || to > 65535 || from > to)) return { code };
  if (isNone === WITH_PORTS.has(ipProtocol)) return { code: 'OperationDenied', about: 'do not match' };
  return isNone ? NO_PORTS : `${from}/${to}`;
}

/** `accept` or `drop` in any case; accept when absent. */
export function readPolicy(text: string | undefined): Rule['policy'] | null {
  switch ((text ?? 'accept').toLowerCase()) {
    case 'accept':
      return 'Accept';
    case 'drop':
      return 'Drop';
    default:
      return null;
  }
}

function readPriority(text: string | undefined): number | Refusal {
  if (text === undefined) return 1;
  if (!/^-?\d{1,9}$/.test(text)) return { code: 'InvalidPriority.Malformed' };
  const priority = Number(text);
  return priority >= 1 && priority <= 100 ? priority : { code: 'InvalidPriority.ValueNotSupported' };
}

type Peer = Pick<Rule, 'cidrIp' | 'ipv6CidrIp' | 'groupId' | 'prefixListId'>;
type Own = Pick<Rule, 'ownCidrIp' | 'ownIpv6CidrIp'>;

/** A block goes before a group, a group before a prefix list, when several are given. */
function readPeer(input: RuleInput, direction: Direction): Peer | Refusal {
  const [side, other] = direction === 'ingress' ? ['Source', 'SourceIp'] : ['Dest', 'DestIp'];
  const none: Peer = { cidrIp: null, ipv6CidrIp: null, groupId: null, prefixListId: null };
  const { peerCidrIp, peerIpv6CidrIp, peerGroupId, peerPrefixListId } = input;
  if (peerCidrIp !== undefined && peerIpv6CidrIp !== undefined) return bothFamilies(`InvalidParam.${other}`, side!);
  if (peerCidrIp !== undefined) {
    return isIpv4Block(peerCidrIp) ? { ...none, cidrIp: peerCidrIp } : { code: `Invalid${side}CidrIp.Malformed` };
  }
  if (peerIpv6CidrIp !== undefined) {
    if (!isIpv6Block(peerIpv6CidrIp)) return badIpv6(side!);
    return { ...none, ipv6CidrIp: peerIpv6CidrIp };
  }
  if (peerGroupId !== undefined) return { ...none, groupId: peerGroupId };
  if (peerPrefixListId !== undefined) return { ...none, prefixListId: peerPrefixListId };
  return { code: `MissingParameter.${side}`, about: 'One of the parameters' };
}

function readOwn(input: RuleInput, direction: Direction): Own | Refusal {
  const [side, code] =
    direction === 'ingress' ? ['Dest', 'InvalidDestCidrIp.Malformed'] : ['Source', 'InvalidParam.SourceIp'];
  const { ownCidrIp = null, ownIpv6CidrIp = null } = input;
  if (ownCidrIp !== null && ownIpv6CidrIp !== null) return bothFamilies(`InvalidParam.${side}Ip`, side!);
  if (ownCidrIp !== null && !isIpv4Block(ownCidrIp)) {
    return { code: code!, values: [`The specified parameter ${side}CidrIp is not valid.`] };
  }
  if (ownIpv6CidrIp !== null && !isIpv6Block(ownIpv6CidrIp)) return badIpv6(side!);
  return { ownCidrIp, ownIpv6CidrIp };
}

const bothFamilies = (code: string, side: string): Refusal => ({
  code,
  values: [`The Parameters ${side}CidrIp and Ipv6${side}CidrIp cannot be set at the same time.`],
});

const badIpv6 = (side: string): Refusal => ({
  code: `InvalidParam.Ipv6${side}CidrIp`,
  values: [`The specified parameter Ipv6${side}CidrIp is not valid.`],
});

function familyConflict(
  ipProtocol: string,
  { cidrIp, ipv6CidrIp, ownCidrIp, ownIpv6CidrIp }: Peer & Own,
): Refusal | null {
  const hasIpv4 = cidrIp !== null || ownCidrIp !== null;
  const hasIpv6 = ipv6CidrIp !== null || ownIpv6CidrIp !== null;
  if (ipProtocol === 'ICMPV6' && hasIpv4) {
    return {
      code: 'InvalidParam.Ipv6ProtocolConflictWithIpv4Address',
      values: ['IPv4 address cannot be specified for IPv6-specific protocol.'],
    };
  }
  if ((ipProtocol === 'ICMP' && hasIpv6) || (hasIpv4 && hasIpv6)) {
    return {
      code: 'InvalidParam.Ipv4ProtocolConflictWithIpv6Address',
      values: ['IPv6 address cannot be specified for IPv4-specific protocol.'],
    };
  }
  return null;
}

const sameSides = ({ cidrIp, ipv6CidrIp, ownCidrIp, ownIpv6CidrIp }: Peer & Own): Refusal | null =>
  (ownCidrIp !== null && sameBlock(cidrIp, ownCidrIp)) || (ownIpv6CidrIp !== null && ipv6CidrIp === ownIpv6CidrIp)
    ? { code: 'InvalidParamter.Conflict', about: 'SourceCidrIp' }
    : null;

/** VPC groups know `intranet` only; Packer sends `internet` for them all the same, and the vendor lets it pass. */
function readNicType(
  text: string | undefined,
  group: { direction: Direction; network: 'vpc' | 'classic' },
  peer: Peer,
): Rule['nicType'] | Refusal {
  if (text !== undefined && text !== 'internet' && text !== 'intranet') {
    return { code: 'InvalidNicType.ValueNotSupported' };
  }
  if (group.network === 'vpc') return 'intranet';
  const nicType = text ?? 'internet';
  if (peer.groupId !== null && nicType !== 'intranet') {
    return {
      code: group.direction === 'ingress' ? 'InvalidSourceGroupId.Mismatch' : 'InvalidDestGroupId.Mismatch',
      about: 'NicType is required',
    };
  }
  return nicType;
}
