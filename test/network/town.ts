import { execFileSync, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLog } from '../../src/base/log.ts';
import { openNamespaceNetwork } from '../../src/machines/network/namespace/namespaceNetwork.ts';
import type { Network } from '../../src/machines/network/network.ts';
import type { GroupView, GuestView, NetworkView, VpcRoute } from '../../src/machines/network/view.ts';
import { createGuest, placeIn, type Guest } from './guests.ts';

type GroupRule = GroupView['rules'][number];

const ANY: GroupRule = {
  direction: 'ingress',
  ipProtocol: 'TCP',
  portRange: '22/22',
  sourcePortRange: null,
  policy: 'Accept',
  priority: 1,
  nicType: 'intranet',
  cidrIp: '0.0.0.0/0',
  ipv6CidrIp: null,
  groupId: null,
  prefixListId: null,
  ownCidrIp: null,
  ownIpv6CidrIp: null,
};
export const rule = (change: Partial<GroupRule>): GroupRule => ({ ...ANY, ...change });
export const fromGroup = (groupId: string, change: Partial<GroupRule> = {}) =>
  rule({ cidrIp: null, groupId, ...change });

export interface Town extends AsyncDisposable {
  network: Network;
  /** What the records say: changed by tests, and brought about by `network.apply()`. */
  groups: Map<string, GroupView>;
  routes: VpcRoute[];
  /** What guests asked of the metadata service, as those that the network took them for. */
  asked: string[];
  host: ReturnType<typeof placeIn>;
  dataFolder: string;
  view(of: Guest): GuestView;
  /** Gives a group these rules, and brings them about. */
  rules(groupId: string, rules: GroupRule[]): Promise<void>;
  start(name: string, where?: Partial<Where>): Promise<Guest>;
  /** It ended, and nobody was told. */
  end(guest: Guest): void;
  /** The service stops, and another begins with the guests still there. */
  restart(): Promise<void>;
}

interface Where {
  vpc: string;
  /** 192.168.`net`.0/24 */
  net: number;
  host: number;
  publicIp: string | null;
  groupIds: string[];
}

export async function openTown({
  internet = false,
  dataFolder = mkdtempSync(join(tmpdir(), 'tongjing-network-test-')),
} = {}): Promise<Town> {
  const guests = new Map<string, { guest: Guest; view: GuestView; vpc: string; net: number }>();
  const servers: ChildProcess[] = [];
  const open = () =>
    openNamespaceNetwork({
      dataFolder,
      internet,
      log: silentLog,
      source: { view: async (ids) => viewOf(ids) },
      onMetadata(instanceId, stream) {
        town.asked.push(instanceId);
        stream.end(`you are ${instanceId}`);
      },
    });
  function viewOf(ids: readonly string[]): NetworkView {
    const present = ids.flatMap((id) => guests.get(id) ?? []);
    const vpcs = [...new Set(present.map(({ vpc }) => vpc))].map((id) => {
      const inside = present.filter(({ vpc }) => vpc === id);
      const nets = [...new Set(inside.map(({ net }) => net))];
      return {
        id,
        cidrBlock: `192.168.${nets[0]! & 0xf0}.0/20`,
        vSwitches: nets.map((net) => ({ id: `vsw-${net}`, cidrBlock: `192.168.${net}.0/24` })),
        guests: inside.map(({ view }) => view),
      };
    });
    return { vpcs, groups: town.groups, routes: town.routes };
  }
  const town: Town = {
    network: open(),
    groups: new Map(
      ['sg-a', 'sg-b', 'sg-c'].map((id) => [id, { id, type: 'normal', innerAccessPolicy: 'Accept', rules: [] }]),
    ),
    routes: [],
    asked: [],
    host: placeIn(null, servers),
    dataFolder,
    view: ({ nic }) => guests.get(nic.instanceId)!.view,
    async rules(groupId, rules) {
      town.groups.get(groupId)!.rules = rules;
      await town.network.apply();
    },
    async start(name, where = {}) {
      const { vpc, net, host, publicIp, groupIds } = {
        vpc: 'vpc-a',
        net: 0,
        host: guests.size + 1,
        publicIp: null,
        groupIds: ['sg-a'],
        ...where,
      };
      const nic = {
        instanceId: `i-${name}`,
        macAddress: `00:16:3e:00:00:${String(guests.size + 10)}`,
        privateIp: `192.168.${net}.${host}`,
        cidrBlock: `192.168.${net}.0/24`,
        vpcId: vpc,
        publicIp,
      };
      const guest = createGuest(dataFolder, nic);
      const view = { ...nic, vSwitchId: `vsw-${net}`, groupIds, hopLimit: null };
      guests.set(nic.instanceId, { guest, view, vpc, net });
      await town.network.join(nic, '');
      return guest;
    },
    end(guest) {
      guests.delete(guest.nic.instanceId);
      guest[Symbol.dispose]();
    },
    async restart() {
      await town.network[Symbol.asyncDispose]();
      town.network = open();
      for (const { guest } of guests.values()) await town.network.join(guest.nic, '');
      await town.network.settle();
    },
    async [Symbol.asyncDispose]() {
      for (const { guest } of guests.values()) {
        guest[Symbol.dispose]();
        await town.network.leave(guest.nic.instanceId);
      }
      await town.network[Symbol.asyncDispose]();
      for (const server of servers) server.kill('SIGKILL');
      rmSync(dataFolder, { recursive: true });
    },
  };
  await town.network.settle();
  return town;
}

/** Everything of a network that is left in the kernel. */
export function left(): string[] {
  const links = execFileSync('ip', ['-o', 'link'], { encoding: 'utf8' }).split('\n');
  const routes = execFileSync('ip', ['-4', 'route', 'show', 'table', 'all'], { encoding: 'utf8' }).split('\n');
  return [
    ...readdirSync('/run/netns').filter((name) => name.startsWith('tongjing-')),
    ...[...links, ...routes].filter((line) => /\btj[0-9a-f]{5}/.test(line)),
    ...execFileSync('nft', ['list', 'tables'], { encoding: 'utf8' }).split('\n').filter(Boolean),
  ];
}
