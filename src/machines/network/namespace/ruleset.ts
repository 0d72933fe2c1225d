import type { GuestView, NetworkView, VpcView } from '../view.ts';
import { HOST, LINKS, METADATA, NAME_SERVERS } from './addresses.ts';
import { chainOf } from './groupRules.ts';
import { JOINS, SWITCHES, WAN, type Names } from './names.ts';

/** Where guests may not get to, when they may get out: what is around this machine, and what it keeps for itself. */
const NOT_INTERNET = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '224.0.0.0/3',
];

export interface RulesetOptions {
  cardOf: Names['card'];
  /** Guests with a public address reach the internet. */
  internet: boolean;
}

/**
 * All rules of a VPC's namespace, in place of those before, in one go. On each bridge guests are kept apart, so that all that passes between
 * them is routed and meets the `forwarding` chain. What starts a connection is asked about with each packet, what answers is not: a rule that
 * is taken back ends what it had allowed.
 */
export function vpcRuleset(
  vpc: VpcView,
  groups: NetworkView['groups'],
  options: RulesetOptions,
  members: Members,
): string {
  const { guests, vSwitches } = vpc;
  const sets = setsOf(guests, groups);
  const profiles = profilesOf(guests);
  const publicOnes = guests.filter(({ publicIp }) => publicIp !== null);
  const { cardOf, internet } = options;
  return [
    ...replaced('bridge guard'),
    // A guest speaks as itself alone: card, MAC and IP address belong together.
    set(
      'cards',
      'typeof iifname . ether saddr . ip saddr',
      guests.map((g) => `"${cardOf(g.instanceId)}" . ${g.macAddress} . ${g.privateIp}`),
    ),
    set(
      'speakers',
      'typeof iifname . ether saddr . arp saddr ether . arp saddr ip',
      guests.map((g) => `"${cardOf(g.instanceId)}" . ${g.macAddress} . ${g.macAddress} . ${g.privateIp}`),
    ),
    set(
      'nameless',
      'typeof iifname . ether saddr',
      guests.map((g) => `"${cardOf(g.instanceId)}" . ${g.macAddress}`),
    ),
    chain('arriving', 'type filter hook prerouting priority -300; policy drop;', [
      'iifname . ether saddr . ip saddr @cards accept',
      'iifname . ether saddr . arp saddr ether . arp saddr ip @speakers accept',
      'iifname . ether saddr @nameless arp saddr ip 0.0.0.0 accept',
      'iifname . ether saddr @nameless ip saddr 0.0.0.0 ip daddr 255.255.255.255 udp sport 68 udp dport 67 accept',
    ]),
    '}',
    ...replaced('inet vpc'),
    ...[...sets].map(([id, name]) => set(name, 'type ipv4_addr', members(id))),
    set(
      'public',
      'type ipv4_addr',
      publicOnes.map((g) => g.privateIp),
    ),
    map(
      'places',
      'type ipv4_addr : ipv4_addr',
      publicOnes.map((g) => `${g.publicIp} : ${g.privateIp}`),
    ),
    map(
      'departures',
      'type ipv4_addr : verdict',
      guests.map((g) => `${g.privateIp} : jump out${profiles.get(profileOf(g))}`),
    ),
    map(
      'arrivals',
      'type ipv4_addr : verdict',
      guests.map((g) => `${g.privateIp} : jump in${profiles.get(profileOf(g))}`),
    ),
    ...[...profiles].flatMap(([profile, at]) => {
      const own = profile.split(' ').flatMap((id) => groups.get(id) ?? []);
      const setOf = (id: string) => sets.get(id)!;
      return [
        chain(`in${at}`, '', chainOf(own, 'ingress', setOf)),
        chain(`out${at}`, '', chainOf(own, 'egress', setOf)),
      ];
    }),
    chain('forwarding', 'type filter hook forward priority filter; policy drop;', [
      'ct state invalid drop',
      // Joined VPCs may have the same blocks: an address of this one's doesn't come from another.
      `iifname "${JOINS}*" ip saddr { ${vSwitches.map(({ cidrBlock }) => cidrBlock).join(', ')} } drop`,
      // Without a route back to the VPC that asked, an answer doesn't try its way through this machine.
      `oifname "${WAN}" ct direction reply ct status & dnat == 0 drop`,
      'ct direction reply accept',
      'ct state related accept',
      `iifname "${SWITCHES}*" ip saddr vmap @departures`,
      // From this machine only to public addresses, of which others know nothing.
      `iifname "${WAN}" ct status & dnat == 0 drop`,
      `oifname "${SWITCHES}*" ip daddr vmap @arrivals`,
      // The rules of who is there are asked in their own namespace.
      `iifname "${SWITCHES}*" oifname "${JOINS}*" accept`,
      ...(internet ? [`iifname "${SWITCHES}*" oifname "${WAN}" ip saddr @public accept`] : []),
    ]),
    chain('input', 'type filter hook input priority filter; policy drop;', [
      'ct direction reply accept',
      `iifname "${SWITCHES}*" udp sport 68 udp dport 67 accept`,
      `iifname "${SWITCHES}*" ip daddr ${METADATA} tcp dport 80 accept`,
      `iifname "${SWITCHES}*" ip daddr { ${NAME_SERVERS.join(', ')} } meta l4proto { tcp, udp } th dport 53 accept`,
      `iifname "${SWITCHES}*" icmp type echo-request accept`,
    ]),
    chain('output', 'type filter hook output priority mangle;', hopLimits(guests)),
    chain('incoming', 'type nat hook prerouting priority dstnat;', [
      `iifname "${WAN}" dnat ip to ip daddr map @places`,
    ]),
    chain('outgoing', 'type nat hook postrouting priority srcnat;', internet ? [`oifname "${WAN}" masquerade`] : []),
    '}',
    '',
  ].join('\n');
}

/** Private addresses of who is in a group, wherever. */
export type Members = (groupId: string) => string[];

/** This machine's own rules: nothing that a guest sends gets to its services or around it. */
export function hostRuleset(
  { table, links }: Names,
  { internet, resolvers }: { internet: boolean; resolvers: readonly string[] },
): string {
  const toLinks = `"${links}*"`;
  return [
    ...replaced(`inet ${table}`),
    chain('input', 'type filter hook input priority filter - 5;', [`iifname ${toLinks} ct direction original drop`]),
    chain('forwarding', 'type filter hook forward priority filter - 5;', [
      `oifname ${toLinks} ct direction original drop`,
      ...(internet
        ? [
            ...resolvers.map(
              (address) => `iifname ${toLinks} ip daddr ${address} meta l4proto { tcp, udp } th dport 53 accept`,
            ),
            `iifname ${toLinks} ct direction original ip daddr { ${NOT_INTERNET.join(', ')} } drop`,
          ]
        : [`iifname ${toLinks} ct direction original drop`]),
    ]),
    ...(internet
      ? [
          chain('outgoing', 'type nat hook postrouting priority srcnat;', [
            `ip saddr ${LINKS} ip saddr != ${HOST} iifname ${toLinks} masquerade`,
          ]),
        ]
      : []),
    '}',
    '',
  ].join('\n');
}

export const withoutTable = (table: string): string => `table inet ${table}\ndelete table inet ${table}\n`;

/** By the groups that they are in: most guests of a VPC are in the same. */
const profileOf = (guest: GuestView): string => guest.groupIds.toSorted().join(' ');

function profilesOf(guests: readonly GuestView[]): Map<string, number> {
  const all = [...new Set(guests.map(profileOf))].sort();
  return new Map(all.map((profile, at) => [profile, at]));
}

/** The sets that rules of these guests name, by group. */
function setsOf(guests: readonly GuestView[], groups: NetworkView['groups']): Map<string, string> {
  const own = new Set(guests.flatMap(({ groupIds }) => groupIds));
  const named = [...own].flatMap((id) => groups.get(id)?.rules.flatMap(({ groupId }) => groupId ?? []) ?? []);
  const all = [...new Set([...own, ...named])].sort();
  return new Map(all.map((id, at) => [id, `group${at}`]));
}

function hopLimits(guests: readonly GuestView[]): string[] {
  const limits = [...new Set(guests.flatMap(({ hopLimit }) => hopLimit ?? []))].sort((a, b) => a - b);
  return limits.map((limit) => {
    const addresses = guests.filter(({ hopLimit }) => hopLimit === limit).map(({ privateIp }) => privateIp);
    return `ip saddr ${METADATA} tcp sport 80 ip daddr { ${addresses.join(', ')} } ip ttl set ${limit}`;
  });
}

/** Made first, so that there is one to take away. */
const replaced = (table: string): string[] => [`table ${table}`, `delete table ${table}`, `table ${table} {`];

const chain = (name: string, hook: string, rules: readonly string[]): string =>
  [`chain ${name} {`, hook, ...rules, '}'].filter(Boolean).join('\n');

const set = (name: string, type: string, elements: readonly string[]): string =>
  collection('set', name, type, elements);
const map = (name: string, type: string, elements: readonly string[]): string =>
  collection('map', name, type, elements);

function collection(kind: string, name: string, type: string, elements: readonly string[]): string {
  const listed = elements.length === 0 ? '' : `\nelements = { ${elements.join(', ')} }`;
  return `${kind} ${name} {\n${type}${listed}\n}`;
}
