import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { NAME_SERVERS } from './addresses.ts';
import { processesIn } from './dnsmasq.ts';
import { interfacesOf, run } from './programs.ts';
import { hasNamespace, namespacePath, namespacesOf } from './site.ts';

export interface NetworksFound {
  /** Namespaces of VPCs that machines are in. */
  inUse: number;
  /** What no machine uses any more, of whatever data folder: a shell's command for each, that takes it away. */
  removal: string[];
}

const NAMESPACE = /^tongjing-([0-9a-f]{5})-/;
const CARD = /^tj[0-9a-f]{5}c/;
const TABLE = /^table inet tongjing_([0-9a-f]{5})$/;

/** Looks for all that services' networks made in this machine's kernel. Takes root; throws NetworkFailed. */
export async function findNetworks(): Promise<NetworksFound> {
  const removal: string[] = [];
  const used = new Set<string>();
  let inUse = 0;
  for (const namespace of namespacesOf('').filter((name) => NAMESPACE.test(name))) {
    if (!hasNamespace(namespace)) {
      removal.push(`ip netns delete ${namespace}`);
      continue;
    }
    if ((await interfacesOf(namespace)).some(({ ifname }) => CARD.test(ifname))) {
      inUse++;
      used.add(NAMESPACE.exec(namespace)![1]!);
      continue;
    }
    removal.push(...(await processesIn(namespace)).map((pid) => `kill -9 ${pid}`), `ip netns delete ${namespace}`);
  }
  const tables = (await run('nft', ['list', 'tables'])).split('\n');
  for (const tag of tables.flatMap((line) => TABLE.exec(line)?.[1] ?? [])) {
    if (!used.has(tag)) removal.push(`nft delete table inet tongjing_${tag}`);
  }
  removal.push(...nameServersWithout(namespacesOf('')).map((pid) => `kill -9 ${pid}`));
  return { inUse, removal };
}

/** VPCs' name servers in namespaces that have lost their names. */
function nameServersWithout(names: readonly string[]): string[] {
  const named = new Set(names.map((name) => statSync(namespacePath(name), { throwIfNoEntry: false })?.ino));
  return readdirSync('/proc').filter((pid) => {
    try {
      if (!/^\d+$/.test(pid)) return false;
      const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
      const isOurs = basename(words[0]!) === 'dnsmasq' && words.includes(`--listen-address=${NAME_SERVERS.join(',')}`);
      return isOurs && !named.has(Number(/\d+/.exec(readlinkSync(`/proc/${pid}/ns/net`))![0]));
    } catch {
      // It ended meanwhile.
      return false;
    }
  });
}
