import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { assert } from '../../base/assert.ts';
import type { Log } from '../../base/log.ts';
import { WorldFault } from '../../base/worldFault.ts';
import { openRunFolder } from '../../disks/volume/runFolder.ts';
import { createTurns } from '../../disks/volume/turns.ts';
import type { Volumes } from '../../disks/volumes.ts';
import type { MachineDisk, Machines, MachineSpec, Nic } from '../machines.ts';
import type { Network } from '../network/network.ts';
import type { Accelerator } from './accelerator.ts';
import { blockNode, deviceName, diskDevice, files, nodeName, qemuArguments, type GuestLimits } from './command.ts';
import { flashOf, hasFirmware } from './firmware.ts';
import { launchQemu, lastWords } from './launch.ts';
import { foldersIn, openMachineFolder, recordedIn, type MachineFolder } from './machineFolder.ts';
import { connectQmp } from './qmp.ts';
import { hold, type Running } from './running.ts';
import { isAlive, kill } from './processOf.ts';

export interface QemuParts {
  dataFolder: string;
  program: string;
  accelerator: Accelerator;
  limits: GuestLimits;
  /** Where UEFI's firmware lies, if it is installed. */
  firmwareFolder: string;
  /** How long a guest may take to shut down before it is switched off. */
  stopTimeoutMs: number;
  volumes: Pick<Volumes, 'open' | 'close' | 'ended'>;
  network: Network;
  log: Log;
  /** A machine ended without being stopped: its guest shut down (`reason` null), or QEMU ended. Also for one that ended while no service ran. */
  onEnded(instanceId: string, reason: string | null): void;
}

/** A guest that was not ready for it may miss the first wish. */
const ASK_AGAIN_MS = 10_000;
const RELEASE_MS = 60_000;
const REOPEN_MS = 1_000;

/** One QEMU for each running instance, in a process of its own that outlives the service. Those of an earlier service are found again. */
export async function openQemu(parts: QemuParts): Promise<Machines> {
  const { volumes, network, log, limits, accelerator } = parts;
  const folders = { run: openRunFolder(parts.dataFolder), records: join(parts.dataFolder, 'machines') };
  mkdirSync(folders.records, { recursive: true, mode: 0o700 });
  const running = new Map<string, Running>();
  const turns = createTurns();
  let isClosed = false;

  const folderOf = (instanceId: string) => openMachineFolder(folders, instanceId);

  async function openDisk(disk: MachineDisk, folder: MachineFolder): Promise<void> {
    const { socketPath } = await volumes.open(disk.volumeId, { outlives: true });
    folder.link(disk.volumeId, socketPath);
  }

  /** All at once; when one can't be opened, the others are waited for all the same. */
  async function openDisks(disks: readonly MachineDisk[], folder: MachineFolder): Promise<void> {
    const opened = await Promise.allSettled(disks.map((disk) => openDisk(disk, folder)));
    for (const one of opened) if (one.status === 'rejected') throw one.reason;
  }

  /** Serves a disk anew when its process dies: the guest's requests wait for that. */
  async function watchDisk(disk: MachineDisk, machine: Running): Promise<void> {
    const isWanted = () =>
      !isClosed &&
      running.get(machine.spec.instanceId) === machine &&
      machine.spec.disks.some(({ volumeId }) => volumeId === disk.volumeId);
    for (;;) {
      await Promise.race([volumes.ended(disk.volumeId), machine.gone]);
      if (!isWanted()) return;
      try {
        log.warn(
          { instanceId: machine.spec.instanceId, volumeId: disk.volumeId },
          'a disk of a machine is served anew',
        );
        await openDisk(disk, machine.folder);
      } catch (error) {
        log.error({ err: error, volumeId: disk.volumeId }, 'a disk of a machine can not be served');
      }
      await delay(REOPEN_MS, undefined, { ref: false });
    }
  }

  function adopt(machine: Running): void {
    const { instanceId } = machine.spec;
    running.set(instanceId, machine);
    for (const disk of machine.spec.disks) void watchDisk(disk, machine);
    void follow(machine);
  }

  async function follow(machine: Running): Promise<void> {
    const { isClean } = await machine.gone;
    const { instanceId } = machine.spec;
    if (running.get(instanceId) !== machine) return;
    running.delete(instanceId);
    machine.folder.write(null);
    await network.leave(instanceId);
    const reason = isClean ? null : 'its machine ended by itself';
    log[isClean ? 'info' : 'error']({ instanceId, qemuSays: lastWords(machine.folder) }, 'a machine ended');
    if (!isClosed) parts.onEnded(instanceId, reason);
  }

  async function start(spec: MachineSpec): Promise<void> {
    const { instanceId, disks, nic } = spec;
    if (running.has(instanceId)) return;
    const folder = folderOf(instanceId);
    await endLeftover(folder);
    folder.clear();
    folder.make();
    let machine: Running | null = null;
    try {
      const flash = flashOf(spec.bootMode, parts.firmwareFolder, folder.variables);
      const prepared = network.prepare(nic);
      await openDisks(disks, folder);
      const netdev = await network.netdev(nic, folder.path);
      const { ownerId } = folder;
      const args = qemuArguments(spec, { accelerator: accelerator.name, limits, ownerId, netdev, flash });
      machine = await hold({ spec, folder, log }, (onEvent) => launchQemu(parts.program, args, folder, onEvent));
      assert(machine, 'what was launched is held');
      folder.write({ spec, process: machine.process });
      await prepared;
      await network.join(nic, folder.path);
      if (spec.vncPassword !== null) await giveVncPassword(machine, spec.vncPassword);
      await machine.qmp.execute('cont');
      adopt(machine);
      const boots = flash ? 'UEFI' : 'BIOS';
      log.info({ instanceId, pid: machine.process.pid, accelerator: accelerator.name, boots }, 'a machine runs');
    } catch (error) {
      // Its control connection is taken: nobody else gets an answer there.
      await machine?.end();
      await endLeftover(folder);
      await network.leave(instanceId);
      for (const { volumeId } of disks) await volumes.close(volumeId);
      if (!(error instanceof WorldFault) || error.code !== 'MachineNotRunning') throw error;
      log.error({ instanceId, qemuSays: lastWords(folder) }, 'QEMU ended at its start');
      throw new WorldFault('MachineFailed', 'QEMU ended at its start.');
    }
  }

  /** A QEMU that was started, and perhaps never begun, by a service that was cut off. */
  async function endLeftover(folder: MachineFolder): Promise<void> {
    const qmp = await connectQmp(folder.file(files.qmp), () => {});
    if (qmp) {
      qmp.execute('quit').catch(() => {});
      await Promise.race([qmp.ended, delay(ASK_AGAIN_MS, undefined, { ref: false })]);
    }
    const record = folder.read();
    if (record) kill(record.process);
    folder.write(null);
  }

  async function powerDown(machine: Running, signal: AbortSignal | undefined): Promise<void> {
    const late = AbortSignal.timeout(parts.stopTimeoutMs);
    const ends = AbortSignal.any([late, ...(signal ? [signal] : [])]);
    while (!ends.aborted) {
      // QEMU itself may stand still.
      const asked = machine.powerDown();
      const pause = delay(ASK_AGAIN_MS, 'late', { signal: ends, ref: false }).catch(() => 'late');
      if ((await Promise.race([machine.shutDown, asked.then(() => pause), pause])) !== 'late') return;
    }
    signal?.throwIfAborted();
    log.warn({ instanceId: machine.spec.instanceId }, 'a guest did not shut down in time and was switched off');
  }

  async function change(machine: Running, disks: readonly MachineDisk[]): Promise<void> {
    machine.spec = { ...machine.spec, disks };
    machine.folder.write({ spec: machine.spec, process: machine.process });
  }

  async function findAgain(instanceId: string): Promise<void> {
    const folder = folderOf(instanceId);
    const record = folder.read();
    if (!record) return;
    const { spec, process } = record;
    const machine = await hold({ spec, folder, log }, async (onEvent) => {
      const qmp = isAlive(process) ? await connectQmp(folder.file(files.qmp), onEvent) : null;
      return qmp && { qmp, process };
    });
    if (!machine) {
      await endLeftover(folder);
      return parts.onEnded(instanceId, 'its machine ended while the service was not running');
    }
    const { status } = await machine.qmp.execute<{ status: string }>('query-status');
    if (status === 'prelaunch') {
      // Never begun: whoever wanted it started starts it again.
      await machine.end();
      return folder.write(null);
    }
    if (status === 'shutdown') {
      await machine.end();
      folder.write(null);
      return parts.onEnded(instanceId, null);
    }
    adopt(machine);
    for (const disk of spec.disks) await openDisk(disk, folder);
    await network.join(spec.nic, folder.path);
    if (status !== 'running') await machine.qmp.execute('cont');
    log.info({ instanceId, pid: process.pid }, 'a running machine was found again');
  }

  for (const instanceId of recordedIn(folders)) {
    await findAgain(instanceId).catch((error: unknown) => {
      log.error({ err: error, instanceId }, 'a machine that ran could not be taken over');
    });
  }
  // Of a QEMU that a service began, and did not live to note.
  for (const instanceId of foldersIn(folders)) {
    if (!running.has(instanceId)) await endLeftover(folderOf(instanceId));
  }

  await network.settle().catch((error: unknown) => {
    log.error({ err: error }, 'the network of running machines could not be brought up to date');
  });

  return {
    driver: 'qemu',
    announcement: [
      `qemu (${accelerator.why === null ? 'KVM' : `TCG: ${accelerator.why}`}), at most ${limits.cpus} CPUs and ${limits.memoryMib} MiB a guest`,
      ...network.announcement,
      ...(hasFirmware(parts.firmwareFolder) ? [] : [NO_FIRMWARE]),
    ],
    start: (spec) => turns.take([spec.instanceId], () => start(spec)),
    stop: ({ instanceId, force, signal }) =>
      turns.take([instanceId], async () => {
        const machine = running.get(instanceId);
        if (!machine) return endLeftover(folderOf(instanceId));
        if (!force) await powerDown(machine, signal);
        running.delete(instanceId);
        await machine.end();
        machine.folder.write(null);
        await network.leave(instanceId);
        log.info({ instanceId, force }, 'a machine was stopped');
      }),
    attach: (instanceId, disk) =>
      turns.take([instanceId], async () => {
        const machine = running.get(instanceId);
        if (!machine || machine.spec.disks.some(({ volumeId }) => volumeId === disk.volumeId)) return;
        await openDisk(disk, machine.folder);
        try {
          await machine.qmp.execute('blockdev-add', blockNode(disk));
          await machine.qmp.execute('device_add', diskDevice(disk));
        } catch (error) {
          await machine.qmp.execute('blockdev-del', { 'node-name': nodeName(disk.volumeId) }).catch(() => {});
          throw error;
        }
        await change(machine, [...machine.spec.disks, disk]);
        void watchDisk(disk, machine);
      }),
    detach: (instanceId, volumeId) =>
      turns.take([instanceId], async () => {
        const machine = running.get(instanceId);
        if (!machine?.spec.disks.some((disk) => disk.volumeId === volumeId)) return;
        const released = machine.released(deviceName(volumeId));
        await machine.qmp.execute('device_del', { id: deviceName(volumeId) });
        const late = delay(RELEASE_MS, 'late', { ref: false });
        if ((await Promise.race([released, late])) === 'late')
          throw new WorldFault('DiskInUse', 'The guest did not let go of the disk.');
        await change(
          machine,
          machine.spec.disks.filter((disk) => disk.volumeId !== volumeId),
        );
        await machine.qmp.execute('blockdev-del', { 'node-name': nodeName(volumeId) });
        machine.folder.unlink(volumeId);
      }),
    async readdress(nic: Nic) {
      const machine = running.get(nic.instanceId);
      if (!machine) return;
      machine.spec = { ...machine.spec, nic };
      await change(machine, machine.spec.disks);
      await network.readdress(nic);
    },
    applyNetwork: () => network.apply(),
    isRunning: async (instanceId) => running.has(instanceId),
    consoleOutput: async (instanceId, mostBytes) => folderOf(instanceId).readFile(files.serial, mostBytes),
    async screenshot(instanceId) {
      const machine = running.get(instanceId);
      if (!machine) throw new WorldFault('MachineNotRunning', 'The machine does not run.');
      await machine.qmp.execute('screendump', { filename: files.screen, format: 'png' });
      const picture = machine.folder.readFile(files.screen, MOST_PICTURE_BYTES);
      if (!picture) throw new WorldFault('MachineFailed', 'QEMU made no picture of the screen.');
      return picture.bytes;
    },
    async setVncPassword(instanceId, password) {
      const machine = running.get(instanceId);
      if (machine) await giveVncPassword(machine, password);
    },
    vncSocket: async (instanceId) => running.get(instanceId)?.folder.file(files.vnc) ?? null,
    agentSocket: async (instanceId) => running.get(instanceId)?.folder.file(files.agent) ?? null,
    async forget(instanceId) {
      folderOf(instanceId).remove();
    },
    async [Symbol.asyncDispose]() {
      isClosed = true;
      for (const machine of running.values()) machine.leave();
      await network[Symbol.asyncDispose]();
    },
  };
}

const giveVncPassword = ({ qmp }: Running, password: string): Promise<unknown> =>
  qmp.execute('change-vnc-password', { password });

const NO_FIRMWARE = 'images that boot by UEFI do not start: the Debian package ovmf is not installed';
const MOST_PICTURE_BYTES = 16 * 1024 * 1024;
