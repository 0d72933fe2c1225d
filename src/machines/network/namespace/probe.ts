import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { WorldFault } from '../../../base/worldFault.ts';
import { createSite } from './site.ts';
import { namesOf } from './names.ts';
import { PATH, run } from './programs.ts';
import { hostRuleset, withoutTable } from './ruleset.ts';

const PROGRAMS = [
  ['ip', 'iproute2'],
  ['bridge', 'iproute2'],
  ['nft', 'nftables'],
  ['dnsmasq', 'dnsmasq-base'],
  ['sysctl', 'procps'],
] as const;

/** A VPC with one guest, so that each kind of rule is tried. */
const TRIED = {
  id: 'vpc-probe',
  cidrBlock: '192.168.0.0/16',
  vSwitches: [{ id: 'vsw-probe', cidrBlock: '192.168.0.0/24' }],
  guests: [
    {
      instanceId: 'i-probe',
      vSwitchId: 'vsw-probe',
      macAddress: '00:16:3e:00:00:01',
      privateIp: '192.168.0.1',
      publicIp: '127.127.255.254',
      groupIds: ['sg-probe'],
      hopLimit: 1,
    },
  ],
};

/** Why namespaces can't be had here; null: a VPC was made for trial, and removed. */
export async function whyNoNamespaces(dataFolder: string, path = PATH): Promise<string | null> {
  if (process.platform !== 'linux') return 'it takes Linux';
  if (process.getuid?.() !== 0) return 'it takes root';
  const missing = PROGRAMS.filter(([program]) => !isInstalled(program, path));
  if (missing.length > 0) {
    const packages = [...new Set(missing.map(([, packageName]) => packageName))];
    return `${missing.map(([program]) => program).join(', ')} not installed (apt-get install ${packages.join(' ')})`;
  }
  const names = namesOf(`${dataFolder}/probe`);
  const site = createSite({
    names,
    vpcId: TRIED.id,
    internet: false,
    resolvers: [],
    onGuest: (_, socket) => socket.destroy(),
  });
  try {
    await run('nft', ['-f', '-'], hostRuleset(names, { internet: true, resolvers: [] }));
    await site.apply(TRIED, new Map(), () => []);
    return null;
  } catch (error) {
    if (!(error instanceof WorldFault)) throw error;
    return error.message;
  } finally {
    await site.remove().catch(() => {});
    await run('nft', ['-f', '-'], withoutTable(names.table)).catch(() => {});
  }
}

function isInstalled(program: string, path: string): boolean {
  return path.split(':').some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
