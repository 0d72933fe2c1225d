import { writeFileSync } from 'node:fs';
import type { Duplex } from 'node:stream';
import type { Log } from '../../../base/log.ts';
import { systemFault } from '../../../base/systemFault.ts';
import { createTurns } from '../../../disks/volume/turns.ts';
import type { Nic } from '../../machines.ts';
import type { Network } from '../network.ts';
import type { NetworkSource, NetworkView, VpcView } from '../view.ts';
import { linkVpcs } from './joins.ts';
import { namesOf, type Names } from './names.ts';
import { interfacesOf, ip, run } from './programs.ts';
import { routePublicAddresses } from './publicRoutes.ts';
import { resolversOf } from './resolvers.ts';
import { hostRuleset, withoutTable } from './ruleset.ts';
import { createSite, namespacesOf, removeNamespace, type Site } from './site.ts';

export interface NamespaceNetworkParts {
  dataFolder: string;
  /** Whether guests with a public address reach the internet. */
  internet: boolean;
  source: NetworkSource;
  /** Serves a connection of that guest to the metadata service. */
  onMetadata(instanceId: string, stream: Duplex): void;
  log: Log;
}

/**
 * The kernel's own network: a namespace for each VPC, in it a bridge for each vSwitch. All of it is made when a VPC's first guest starts and
 * removed after its last; it goes on while no service runs. Each change leads to the same: what the records say is compared with what there is.
 */
export function openNamespaceNetwork(parts: NamespaceNetworkParts): Network {
  const { internet, source, log } = parts;
  const names = namesOf(parts.dataFolder);
  const resolvers = internet ? resolversOf() : [];
  const members = new Map<string, Nic>();
  /** Of those, QEMU has made the cards. */
  const cards = new Set<string>();
  /** Their cards are in. */
  const plugged = new Set<string>();
  const sites = new Map<string, Site>();
  const turns = createTurns();
  /** Until then guests of an earlier service are still being found: nothing of theirs is touched. */
  let isSettled = false;
  let hasTable = false;

  // Guests without it find no names, and no address when theirs ends.
  const watch = setInterval(() => {
    if (![...sites.values()].some((site) => site.hasEnded())) return;
    log.warn({}, 'a name server of a VPC ended and is made anew');
    inTurn(bringAbout).catch((error: unknown) => log.error({ err: error }, 'a name server could not be made anew'));
  }, WATCH_MS).unref();

  const inTurn = <T>(work: () => Promise<T>): Promise<T> => turns.take(['network'], work);

  function siteOf(vpcId: string): Site {
    const known = sites.get(vpcId);
    if (known) return known;
    const onGuest = (privateIp: string, stream: Duplex) => {
      const guest = [...members.values()].find((nic) => nic.vpcId === vpcId && nic.privateIp === privateIp);
      if (guest) parts.onMetadata(guest.instanceId, stream);
      else stream.destroy();
    };
    const site = createSite({ names, vpcId, internet, resolvers, onGuest });
    sites.set(vpcId, site);
    return site;
  }

  /** Brings about what the records say. Answers what failed, by VPC or guest: one does not keep the others from theirs. */
  async function bringAbout(): Promise<Map<string, unknown>> {
    const view = await source.view([...members.keys()]);
    await guardHost();
    const failed = new Map<string, unknown>();
    for (const vpc of view.vpcs) {
      await applyVpc(vpc, view, failed).catch((error: unknown) => failed.set(vpc.id, error));
    }
    await removeOthers(new Set(view.vpcs.map(({ id }) => id)));
    const made = { ...view, vpcs: view.vpcs.filter(({ id }) => !failed.has(id)) };
    await linkVpcs(names, made);
    await routePublicAddresses(names, publicAddressesOf(names, made), log);
    for (const [of, error] of failed) log.error({ err: error, of }, 'a network is not as it should be');
    return failed;
  }

  async function applyVpc(vpc: VpcView, view: NetworkView, failed: Map<string, unknown>): Promise<void> {
    const site = siteOf(vpc.id);
    await site.apply(vpc, view.groups, membersIn(view));
    for (const guest of vpc.guests) {
      if (!cards.has(guest.instanceId) || plugged.has(guest.instanceId)) continue;
      try {
        await site.plug(guest);
        plugged.add(guest.instanceId);
      } catch (error) {
        failed.set(guest.instanceId, error);
      }
    }
  }

  async function removeOthers(wanted: ReadonlySet<string>): Promise<void> {
    for (const [vpcId, site] of sites) {
      if (wanted.has(vpcId)) continue;
      await site.remove();
      sites.delete(vpcId);
    }
    if (members.size > 0 || !hasTable) return;
    await run('nft', ['-f', '-'], withoutTable(names.table));
    hasTable = false;
  }

  async function guardHost(): Promise<void> {
    if (hasTable || members.size === 0) return;
    await run('nft', ['-f', '-'], hostRuleset(names, { internet, resolvers }));
    if (internet) allowForwarding();
    hasTable = true;
  }

  async function forget(instanceId: string): Promise<void> {
    cards.delete(instanceId);
    plugged.delete(instanceId);
    if (!members.delete(instanceId) || !isSettled) return;
    await bringAbout().catch((error: unknown) =>
      log.error({ err: error, instanceId }, 'a guest left, and its network may not have'),
    );
  }

  return {
    kind: 'namespace',
    announcement: [
      `network: a namespace for each VPC, with security groups; public addresses lead to guests, at every port, from this machine. ${
        internet
          ? 'Guests with a public address reach the internet'
          : 'Guests do not reach the internet (--guest-internet)'
      }`,
    ],
    netdev: async ({ instanceId }) => [`tap,id=net0,ifname=${names.card(instanceId)},script=no,downscript=no`],
    prepare: (nic) =>
      inTurn(async () => {
        members.set(nic.instanceId, nic);
        if (isSettled && !sites.has(nic.vpcId)) await bringAbout();
      }).catch((error: unknown) => log.warn({ err: error, vpcId: nic.vpcId }, 'a network could not be prepared')),
    join: (nic) =>
      inTurn(async () => {
        members.set(nic.instanceId, nic);
        cards.add(nic.instanceId);
        plugged.delete(nic.instanceId);
        if (!isSettled) return;
        const failed = await bringAbout();
        const why = failed.get(nic.vpcId) ?? failed.get(nic.instanceId);
        if (why !== undefined) throw why;
      }),
    settle: () =>
      inTurn(async () => {
        isSettled = true;
        await removeLeftovers(names, new Set([...members.values()].map(({ vpcId }) => names.namespace(vpcId))));
        await bringAbout();
      }),
    apply: () =>
      inTurn(async () => {
        const [error] = [...(await bringAbout()).values()];
        if (error) throw error;
      }),
    readdress: (nic) =>
      inTurn(async () => {
        if (members.has(nic.instanceId)) members.set(nic.instanceId, nic);
        await bringAbout();
      }),
    leave: (instanceId) => inTurn(() => forget(instanceId)),
    async [Symbol.asyncDispose]() {
      clearInterval(watch);
      await inTurn(async () => {
        for (const site of sites.values()) site.leave();
      });
    },
  };
}

const WATCH_MS = 2_000;

/** What an earlier service left of VPCs that have no guest any more. */
async function removeLeftovers(names: Names, kept: ReadonlySet<string>): Promise<void> {
  const there = namespacesOf(names.prefix);
  for (const namespace of there) {
    if (!kept.has(namespace)) await removeNamespace(namespace, names.link(namespace.slice(names.prefix.length)));
  }
  const wanted = new Set([...kept].map((namespace) => names.link(namespace.slice(names.prefix.length))));
  const links = (await interfacesOf(null)).map(({ ifname }) => ifname).filter((name) => name.startsWith(names.links));
  await ip(
    null,
    links.filter((name) => !wanted.has(name)).map((name) => `link delete dev ${name}`),
  );
  if (kept.size === 0) await run('nft', ['-f', '-'], withoutTable(names.table));
}

const membersIn = (view: NetworkView) => (groupId: string) =>
  view.vpcs.flatMap(({ guests }) =>
    guests.filter(({ groupIds }) => groupIds.includes(groupId)).map(({ privateIp }) => privateIp),
  );

const publicAddressesOf = (names: Names, { vpcs }: NetworkView): Map<string, string> =>
  new Map(
    vpcs.flatMap(({ id, guests }) =>
      guests.flatMap(({ publicIp }) => (publicIp === null ? [] : [[publicIp, names.link(id)] as const])),
    ),
  );

/** For the whole machine; it stays so. */
function allowForwarding(): void {
  const path = '/proc/sys/net/ipv4/ip_forward';
  try {
    writeFileSync(path, '1');
  } catch (error) {
    throw systemFault(error, `write ${path}`);
  }
}
