import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { basename, join } from 'node:path';

/** A QEMU that a service started, and the folder that it runs in. */
export interface GuestProcess {
  pid: number;
  instanceId: string;
  folder: string;
}

/** What /proc adds to the path of a folder that was removed. */
const REMOVED = ' (deleted)';

/** Those of this host, of every data folder, as far as this user may see. */
export function guestProcesses(): GuestProcess[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? (guestOf(name) ?? []) : []));
}

function guestOf(name: string): GuestProcess | null {
  try {
    const words = readFileSync(`/proc/${name}/cmdline`, 'utf8').split('\0');
    const instanceId = /^guest=(i-\w+)$/.exec(words[words.indexOf('-name') + 1] ?? '')?.[1];
    if (!basename(words[0]!).startsWith('qemu-system') || instanceId === undefined) return null;
    const folder = readlinkSync(`/proc/${name}/cwd`);
    // Others name guests, too.
    return basename(folder).startsWith(instanceId) ? { pid: Number(name), instanceId, folder } : null;
  } catch {
    // It ended meanwhile, or is not this user's.
    return null;
  }
}

/** `known`: noted in the data folder; `strays`: of a data folder that is gone, or in this one and not noted. */
export function sortGuests(
  dataDir: string,
  found: readonly GuestProcess[],
): { known: GuestProcess[]; strays: GuestProcess[] } {
  const noted = new Set(notedPids(join(dataDir, 'machines')));
  return {
    known: found.filter(({ pid }) => noted.has(pid)),
    strays: found.filter(
      ({ pid, folder }) => !noted.has(pid) && (folder.endsWith(REMOVED) || folder.startsWith(`${dataDir}/`)),
    ),
  };
}

function notedPids(folder: string): number[] {
  try {
    const names = readdirSync(folder).filter((name) => name.endsWith('.json'));
    return names.map((name) => {
      const { process } = JSON.parse(readFileSync(join(folder, name), 'utf8')) as { process: { pid: number } };
      return process.pid;
    });
  } catch {
    // There were never any, or one ended just now.
    return [];
  }
}
