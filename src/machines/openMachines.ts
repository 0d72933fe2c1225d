import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import { WorldFault } from '../base/worldFault.ts';
import type { Volumes } from '../disks/volumes.ts';
import type { Machines } from './machines.ts';
import type { MetadataSource } from './metadata/facts.ts';
import { openMetadata } from './metadata/metadata.ts';
import { openNetwork, type NetworkConfig } from './network/openNetwork.ts';
import type { NetworkSource } from './network/view.ts';
import { noMachines } from './none.ts';
import { knownAccelerator } from './qemu/accelerator.ts';
import { openQemu } from './qemu/qemu.ts';

export interface MachinesParts {
  config: NetworkConfig & {
    driver: 'auto' | 'qemu' | 'none';
    guestCpus: number;
    guestMemoryMib: number;
    guestStopSeconds: number;
    uefiFirmware: string;
  };
  volumes: Volumes;
  metadata: MetadataSource;
  network: NetworkSource;
  clock: Clock;
  log: Log;
  onEnded(instanceId: string, reason: string | null): void;
}

const PROGRAM = 'qemu-system-x86_64';

/** The driver that was asked for; `auto`: QEMU where it is installed. Throws ToolMissing when QEMU was asked for and is not there. */
export async function openMachines(parts: MachinesParts): Promise<Machines> {
  const { config, volumes, log } = parts;
  if (config.driver === 'none') return noMachines;
  const program = process.platform === 'linux' ? findProgram(PROGRAM) : null;
  if (program === null) {
    if (config.driver === 'auto') return { ...noMachines, announcement: [`${noMachines.announcement[0]}: ${MISSING}`] };
    throw new WorldFault('ToolMissing', `The driver qemu was asked for: ${MISSING}`);
  }
  const metadata = openMetadata(parts.metadata, { now: parts.clock.now, log });
  const machines = await openQemu({
    dataFolder: config.dataFolder,
    program,
    accelerator: await knownAccelerator(program, join(config.dataFolder, 'accelerator.json')),
    limits: { cpus: config.guestCpus, memoryMib: config.guestMemoryMib },
    firmwareFolder: config.uefiFirmware,
    stopTimeoutMs: config.guestStopSeconds * 1000,
    volumes,
    network: await openNetwork(config, { source: parts.network, onMetadata: metadata.serve, log }),
    log,
    onEnded: parts.onEnded,
  });
  return {
    ...machines,
    async [Symbol.asyncDispose]() {
      await machines[Symbol.asyncDispose]();
      metadata[Symbol.dispose]();
    },
  };
}

const MISSING = `${PROGRAM} (Debian package qemu-system-x86) is not installed`;

function findProgram(name: string): string | null {
  for (const folder of (process.env['PATH'] ?? '').split(':')) {
    const path = join(folder, name);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // The next folder may have it.
    }
  }
  return null;
}
