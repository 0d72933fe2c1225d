import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import { WorldFault } from '../base/worldFault.ts';
import type { Volumes } from '../disks/volumes.ts';
import type { Machines } from './machines.ts';
import type { MetadataSource } from './metadata/facts.ts';
import { openMetadata } from './metadata/metadata.ts';
import type { Network } from './network/network.ts';
import { openNetwork, type NetworkConfig, type NetworkParts } from './network/openNetwork.ts';
import type { NetworkSource } from './network/view.ts';
import { noMachines } from './none.ts';
import { knownAccelerator } from './qemu/accelerator.ts';
import { leftRunning, machinesRun, type LeftRunning } from './qemu/leftRunning.ts';
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

/**
 * The driver that was asked for; `auto`: QEMU where it is installed. Throws ToolMissing when QEMU was asked for and is not there, MachinesRun when
 * machines of an earlier service still run that this driver, or this network, would not look after.
 */
export async function openMachines(parts: MachinesParts): Promise<Machines> {
  const left = leftRunning(parts.config.dataFolder);
  try {
    return await openDriver(parts, left);
  } catch (error) {
    // What goes on without this service keeps its disks.
    for (const volumeId of left.flatMap(({ volumeIds }) => volumeIds)) {
      await parts.volumes.open(volumeId, { outlives: true }).catch((fault: unknown) => {
        parts.log.error({ err: fault, volumeId }, 'a disk of a machine that runs can not be served');
      });
    }
    throw error;
  }
}

async function openDriver(parts: MachinesParts, left: readonly LeftRunning[]): Promise<Machines> {
  const { config, volumes, log } = parts;
  if (config.driver === 'none') {
    if (left.length > 0) throw machinesRun(left, 'the driver none does not look after them', '--driver qemu');
    return noMachines;
  }
  const program = process.platform === 'linux' ? findProgram(PROGRAM) : null;
  if (program === null) {
    if (left.length > 0) throw machinesRun(left, MISSING, `${PROGRAM} installed`);
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
    network: await openNetworkOf(left, config, { source: parts.network, onMetadata: metadata.serve, log }),
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

/** `auto`: what machines that still run are plugged into already, if any are. */
async function openNetworkOf(
  left: readonly LeftRunning[],
  config: NetworkConfig,
  parts: NetworkParts,
): Promise<Network> {
  const held = config.network === 'auto' ? left.find(({ network }) => network !== null)?.network : undefined;
  const network = await openNetwork({ ...config, network: held ?? config.network }, parts);
  const others = left.filter(({ network: its }) => its !== null && its !== network.kind);
  if (others.length === 0) {
    const [first, ...rest] = network.announcement;
    return held === 'user'
      ? { ...network, announcement: [`${first}. Why: machines that run have it`, ...rest] }
      : network;
  }
  await network[Symbol.asyncDispose]();
  throw machinesRun(others, `the network ${network.kind} does not reach them`, `--network ${others[0]!.network}`);
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
