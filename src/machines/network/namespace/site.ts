import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { formatAddress, parseAddress, parseCidr } from '../../../rules/cidr.ts';
import { assert } from '../../../base/assert.ts';
import { systemFault } from '../../../base/systemFault.ts';
import { WorldFault } from '../../../base/worldFault.ts';
import { identify, isAlive, type ProcessIdentity } from '../../qemu/processOf.ts';
import type { GuestView, NetworkView, VpcView } from '../view.ts';
import { HOST, LINKS, METADATA, NAME_SERVERS, subnetOf } from './addresses.ts';
import { dnsmasqArguments, endProcesses, processesIn, restartDnsmasq } from './dnsmasq.ts';
import { openDoor, type Door } from './door.ts';
import { macOf, switchName, SWITCHES, WAN, type Names } from './names.ts';
import { interfacesOf, ip, run, runIn, shown } from './programs.ts';
import { vpcRuleset, type Members } from './ruleset.ts';

export interface SiteParts {
  names: Names;
  vpcId: string;
  internet: boolean;
  /** Of this machine, for questions that guests ask; none: they are refused. */
  resolvers: readonly string[];
  onGuest(privateIp: string, socket: Socket): void;
}

/** One VPC's network in the kernel. What an earlier service made is found and kept. */
export interface Site {
  readonly namespace: string;
  /** Makes it as `vpc` says, and changes nothing that is so already. */
  apply(vpc: VpcView, groups: NetworkView['groups'], members: Members): Promise<void>;
  /** What was made to answer in it has ended since: `apply` makes it anew. */
  hasEnded(): boolean;
  /** Puts a guest's card in, wherever it is. */
  plug(guest: GuestView): Promise<void>;
  /** Closes the door; all else goes on. */
  leave(): void;
  remove(): Promise<void>;
}

/** The gateway of each vSwitch, as the cloud has it. */
const GATEWAY_MAC = 'ee:ff:ff:ff:ff:ff';

/** No IPv6; the bridges answer for all addresses of their vSwitch, since guests are kept apart on them. */
const SETTINGS = [
  'net.ipv6.conf.all.disable_ipv6=1',
  'net.ipv6.conf.default.disable_ipv6=1',
  'net.ipv4.ip_forward=1',
  ...['all', 'default'].flatMap((of) => [
    `net.ipv4.conf.${of}.rp_filter=0`,
    `net.ipv4.conf.${of}.send_redirects=0`,
    `net.ipv4.conf.${of}.accept_redirects=0`,
  ]),
  'net.ipv4.conf.default.proxy_arp_pvlan=1',
];

export function createSite(parts: SiteParts): Site {
  const { names, vpcId, internet } = parts;
  const namespace = names.namespace(vpcId);
  const link = names.link(vpcId);
  let isMade = false;
  let rules = '';
  let service = '';
  /** What gives addresses and answers for names. */
  let servers: ProcessIdentity[] = [];
  let door: Door | undefined;

  async function make(): Promise<void> {
    if (isMade) return;
    if (!(await isWhole(namespace, link))) {
      await removeNamespace(namespace, link);
      await run('ip', ['netns', 'add', namespace]);
      await runIn(namespace, 'sysctl', ['-q', '-w', ...SETTINGS]);
      const mac = macOf(link);
      // Both ends have the same MAC and ask nobody's: what one sends is the other's.
      await ip(null, [
        `link add dev ${link} address ${mac} arp off type veth peer name ${WAN} address ${mac} netns ${namespace}`,
      ]);
      allowLoopback(link);
      await ip(namespace, [
        'link set dev lo up',
        ...[METADATA, ...NAME_SERVERS].map((own) => `address add ${own}/32 dev lo`),
        `link set dev ${WAN} arp off up`,
        `route add ${HOST}/32 dev ${WAN}`,
      ]);
      await ip(null, [`address add ${HOST}/32 dev ${link}`, `link set dev ${link} up`]);
      await takeLinkAddress(namespace, link);
    }
    await ip(namespace, [internet ? `route replace default dev ${WAN}` : `route flush exact 0.0.0.0/0`]);
    isMade = true;
  }

  async function makeSwitches({ vSwitches }: VpcView): Promise<void> {
    const wanted = new Map(vSwitches.map((vSwitch) => [switchName(vSwitch.id), subnetOf(vSwitch.cidrBlock)]));
    const there = (await interfacesOf(namespace))
      .map(({ ifname }) => ifname)
      .filter((name) => name.startsWith(SWITCHES));
    const gone = there.filter((name) => !wanted.has(name));
    const added = [...wanted].filter(([name]) => !there.includes(name));
    await ip(namespace, [
      ...gone.map((name) => `link delete dev ${name}`),
      ...added.flatMap(([name, { gateway, prefix }]) => [
        `link add dev ${name} address ${GATEWAY_MAC} type bridge`,
        `address add ${gateway}/${prefix} dev ${name}`,
        `link set dev ${name} up`,
      ]),
    ]);
  }

  return {
    namespace,
    async apply(vpc, groups, members) {
      await make();
      const wantedRules = vpcRuleset(vpc, groups, { cardOf: names.card, internet }, members);
      if (wantedRules !== rules) {
        await runIn(namespace, 'nft', ['-f', '-'], wantedRules);
        rules = wantedRules;
      }
      await makeSwitches(vpc);
      const args = dnsmasqArguments(vpc, parts.resolvers);
      let pids = await processesIn(namespace);
      if (args.join('\n') !== service || pids.length === 0) {
        servers = [];
        await restartDnsmasq(namespace, args);
        service = args.join('\n');
        pids = await processesIn(namespace);
      }
      servers = pids.flatMap((pid) => identify(pid) ?? []);
      door ??= await openDoor(namespace, parts.onGuest);
    },
    // Those that only started it are among them at first.
    hasEnded: () => servers.length > 0 && !servers.some(isAlive),
    async plug({ instanceId, vSwitchId, macAddress, privateIp }) {
      const card = names.card(instanceId);
      const bridge = switchName(vSwitchId);
      const there = (await interfacesOf(namespace)).find(({ ifname }) => ifname === card);
      if (!there) await ip(null, [`link set dev ${card} netns ${namespace}`]);
      await ip(namespace, [
        `link set dev ${card} master ${bridge}`,
        // Only what is for it, and nothing is learnt from what it says.
        `link set dev ${card} type bridge_slave isolated on learning off flood off mcast_flood off`,
        `neighbour replace ${privateIp} lladdr ${macAddress} nud permanent dev ${bridge}`,
        `link set dev ${card} up`,
      ]);
      await run('bridge', ['-netns', namespace, 'fdb', 'replace', macAddress, 'dev', card, 'master', 'static']);
    },
    leave() {
      door?.[Symbol.dispose]();
      door = undefined;
    },
    async remove() {
      this.leave();
      await removeNamespace(namespace, link);
    },
  };
}

export const namespacePath = (name: string): string => `/run/netns/${name}`;

/** A name may be there without what it names: that of a service in another mount namespace, or of a making that was cut off. */
export function hasNamespace(name: string): boolean {
  try {
    return statSync(namespacePath(name)).dev !== statSync(namespacePath('')).dev;
  } catch {
    return false;
  }
}

/** The named namespaces of this machine that begin so. */
export function namespacesOf(prefix: string): string[] {
  try {
    return readdirSync(namespacePath('')).filter((name) => name.startsWith(prefix));
  } catch {
    // There is no namespace at all.
    return [];
  }
}

/** Its making ends with a route to it. */
async function isWhole(namespace: string, link: string): Promise<boolean> {
  if (!hasNamespace(namespace)) return false;
  const links = await interfacesOf(null);
  if (!links.some(({ ifname }) => ifname === link)) return false;
  const routes = await shown(null, ['-4', 'route', 'show', 'dev', link]);
  return routes.length > 0;
}

/** With all that is in it; nothing when there is none. */
export async function removeNamespace(namespace: string, link: string | null): Promise<void> {
  if (link !== null && (await interfacesOf(null)).some(({ ifname }) => ifname === link))
    await ip(null, [`link delete dev ${link}`]);
  if (!existsSync(namespacePath(namespace))) return;
  if (hasNamespace(namespace)) await endProcesses(namespace);
  await run('ip', ['netns', 'delete', namespace]);
}

/** The route to it is what takes an address: another service on this machine may have been faster, and then it is another address. */
async function takeLinkAddress(namespace: string, link: string): Promise<void> {
  for (;;) {
    const address = await freeLinkAddress();
    await ip(namespace, [`address add ${address}/32 dev ${WAN}`]);
    try {
      return await ip(null, [`route add ${address}/32 dev ${link} src ${HOST}`]);
    } catch (error) {
      await ip(namespace, [`address delete ${address}/32 dev ${WAN}`]);
      if (!(error instanceof WorldFault) || !error.message.includes('File exists')) throw error;
    }
  }
}

/** One to which this machine has no way yet. */
async function freeLinkAddress(): Promise<string> {
  const routes = await shown<{ dst: string }>(null, ['-4', 'route', 'show']);
  const taken = new Set(routes.map(({ dst }) => parseAddress(dst)));
  const block = parseCidr(LINKS);
  assert(block, `${LINKS} is a block`);
  for (let address = (parseAddress(HOST) ?? 0) + 1; address < block.last; address++) {
    if (!taken.has(address)) return formatAddress(address);
  }
  throw new WorldFault('NetworkFailed', `There is no free address in ${LINKS}`, { retryable: true });
}

/** Public addresses are loopback ones: without this they may not pass such a link. What may come back over it, the table says. */
function allowLoopback(link: string): void {
  const path = `/proc/sys/net/ipv4/conf/${link}/route_localnet`;
  try {
    writeFileSync(path, '1');
  } catch (error) {
    throw systemFault(error, `write ${path}`);
  }
}
