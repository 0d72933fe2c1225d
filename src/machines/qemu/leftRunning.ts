import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { WorldFault } from '../../base/worldFault.ts';
import { openRunFolder } from '../../disks/volume/runFolder.ts';
import type { Network } from '../network/network.ts';
import { openMachineFolder, recordedIn } from './machineFolder.ts';
import { isAlive } from './processOf.ts';

/** A machine that goes on without the service that started it. */
export interface LeftRunning {
  pid: number;
  volumeIds: readonly string[];
  /** What its card is plugged into; null: into nothing, under any network. */
  network: Network['kind'] | null;
}

/** Those of a data folder. */
export function leftRunning(dataFolder: string): LeftRunning[] {
  const records = join(dataFolder, 'machines');
  if (!existsSync(records)) return [];
  const folders = { run: openRunFolder(dataFolder), records };
  return recordedIn(folders).flatMap((instanceId) => {
    try {
      const record = openMachineFolder(folders, instanceId).read();
      if (!record || !isAlive(record.process)) return [];
      const { pid } = record.process;
      const volumeIds = record.spec.disks.map(({ volumeId }) => volumeId);
      return [{ pid, volumeIds, network: record.spec.nic.vpcId === '' ? null : networkOf(pid) }];
    } catch {
      // It ended meanwhile; or its record is damaged, which whoever looks after machines says.
      return [];
    }
  });
}

/** A netdev can't be given to another network while its machine runs. */
function networkOf(pid: number): Network['kind'] {
  const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  return words[words.indexOf('-netdev') + 1]?.startsWith('tap,') ? 'namespace' : 'user';
}

/** Of machines that nothing would look after: `why` completes "and …"; with `flags` something would. */
export function machinesRun(left: readonly LeftRunning[], why: string, flags: string): WorldFault {
  const pids = left.map(({ pid }) => pid).join(' ');
  return new WorldFault(
    'MachinesRun',
    `Machines of this data folder still run, and ${why}. Start with ${flags} and stop them there, or end them: kill -9 ${pids}`,
  );
}
