import { setTimeout as delay } from 'node:timers/promises';
import { assert } from '../../base/assert.ts';
import { WorldFault } from '../../base/worldFault.ts';
import type { VolumeSpec } from '../../disks/volumes.ts';
import type { MachineSpec } from '../../machines/machines.ts';
import type { BootProofRow } from '../../records/tables/bootProofs.ts';
import type { ImageRow } from '../../records/tables/images.ts';
import { PROVING_NIC, provingMachine, provingVolume, readConsole } from '../../rules/bootProof.ts';
import type { JobContext } from '../job.ts';
import { foreignMachine } from './machineOf.ts';
import { GIB } from './rows.ts';

type End = Pick<BootProofRow, 'reached' | 'reason'>;
type Evidence = Pick<BootProofRow, 'consoleOutput' | 'screenshot'>;

const LOOK_MS = 500;
const MOST_CONSOLE_BYTES = 64 * 1024;
/** What a guest paints can't be pressed into less for ever: a larger picture is not kept. */
const MOST_SCREEN_BYTES = 1024 * 1024;
const CPUS = 2;
const MEMORY_MIB = 2048;
const SERIAL_NUMBER = '00000000-0000-4000-8000-000000000000';

/**
 * Boots an image from a disk of its own, in a machine that reaches nothing but its metadata, and takes both away again. Answers what the guest came to, or why it
 * did not, with its console and screen. Throws what is not the image's fault and may pass.
 */
export async function bootOnce(image: ImageRow, context: JobContext): Promise<End & Evidence> {
  const { machines, volumes } = context;
  const machine = machineFor(image);
  // What an attempt left that was cut off.
  await takeAway(machine, context);
  try {
    await volumes.create(await volumeFor(image, context));
    await machines.start(machine);
    const end = await watch(machine.instanceId, context);
    return { ...end, ...(await look(machine.instanceId, context)) };
  } catch (error) {
    if (!(error instanceof WorldFault) || error.retryable) throw error;
    return { reached: null, reason: error.message, consoleOutput: null, screenshot: null };
  } finally {
    await takeAway(machine, context);
  }
}

async function takeAway({ instanceId, disks }: MachineSpec, { machines, volumes }: JobContext): Promise<void> {
  await machines.stop({ instanceId, force: true });
  await machines.forget(instanceId);
  for (const { volumeId } of disks) await volumes.remove(volumeId);
}

function machineFor({ id, bootMode }: ImageRow): MachineSpec {
  const [instanceId, volumeId] = [provingMachine(id), provingVolume(id)];
  return {
    instanceId,
    cpus: CPUS,
    memoryMib: MEMORY_MIB,
    serialNumber: SERIAL_NUMBER,
    bootMode,
    disks: [{ volumeId, serial: volumeId, isSystem: true }],
    nic: { ...PROVING_NIC, instanceId, vpcId: '', publicIp: null },
    vncPassword: null,
  };
}

async function volumeFor(image: ImageRow, { database, machines }: JobContext): Promise<VolumeSpec> {
  if (machines.driver === 'none') throw new WorldFault('NothingBoots', 'Nothing boots here: the driver is none.');
  if (image.architecture === 'arm64') throw foreignMachine(machines.driver);
  const snapshot = await database.read
    .selectFrom('imageDisks')
    .innerJoin('snapshots', 'snapshots.id', 'imageDisks.snapshotId')
    .select(['snapshots.root', 'snapshots.kmsKeyId'])
    .where('imageDisks.imageId', '=', image.id)
    .where('imageDisks.position', '=', 0)
    .executeTakeFirst();
  assert(snapshot, `the system disk of ${image.id} is stored`);
  if (snapshot.root === null) throw new WorldFault('DiskEmpty', 'Its system disk is empty.');
  return {
    volumeId: provingVolume(image.id),
    regionId: image.regionId,
    sizeBytes: image.sizeGib * GIB,
    baseRoot: snapshot.root,
    keyId: snapshot.kmsKeyId,
  };
}

/** Until its guest came up, or there is no hope of it any more. */
async function watch(instanceId: string, context: JobContext): Promise<End> {
  const { machines, agents, signal, bootProofSeconds } = context;
  const late = AbortSignal.timeout(bootProofSeconds * 1000);
  const failed = (reason: string): End => ({ reached: null, reason });
  for (;;) {
    const bytes = (await machines.consoleOutput(instanceId, MOST_CONSOLE_BYTES))?.bytes ?? Buffer.alloc(0);
    const seen = readConsole(bytes);
    if (seen && 'reached' in seen) return { reached: seen.reached, reason: null };
    if (seen) return failed(seen.fault);
    // A guest that says nothing there may still have somebody in it to answer.
    if (bytes.length === 0 && (await agents.version(instanceId)) !== null)
      return { reached: 'an answer of its guest agent', reason: null };
    if (!(await machines.isRunning(instanceId))) return failed('Its machine ended before it had come up.');
    if (late.aborted) {
      const silent = bytes.length === 0 ? ', and had written nothing to its serial line' : '';
      return failed(`It had not come up after ${bootProofSeconds} seconds${silent}.`);
    }
    await delay(LOOK_MS, undefined, { signal });
  }
}

async function look(instanceId: string, { machines }: JobContext): Promise<Evidence> {
  const console = await machines.consoleOutput(instanceId, MOST_CONSOLE_BYTES);
  const screen = await machines.screenshot(instanceId).catch((error: unknown) => {
    if (error instanceof WorldFault) return null;
    throw error;
  });
  return {
    consoleOutput: console?.bytes.toString('base64') ?? null,
    screenshot: screen && screen.length <= MOST_SCREEN_BYTES ? screen.toString('base64') : null,
  };
}
