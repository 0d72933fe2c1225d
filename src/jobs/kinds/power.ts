import { disksOfInstance, type DiskRow } from '../../records/tables/disks.ts';
import type { Finish, JobContext } from '../job.ts';
import type { Flag } from '../../records/schema.ts';
import { findInstanceType } from '../../rules/instanceTypes.ts';
import { foreignMachine, machineOf } from './machineOf.ts';
import { makeVolume } from './makeVolume.ts';
import { GIB, openKey } from './rows.ts';

/** Switches a machine on, offline resizes first. The answer records both. */
export async function switchOn(instanceId: string, context: JobContext): Promise<Finish> {
  const { database, volumes, keys, clock } = context;
  const disks = await disksOfInstance(database.read, instanceId);
  const grown: DiskRow[] = [];
  // A key may have been disabled since the call: what would not open is not started.
  for (const { kmsKeyId } of disks) await openKey(keys, kmsKeyId);
  for (const disk of disks) {
    // Changes nothing unless its creation was cut short.
    await makeVolume(disk, context);
    if (disk.pendingSizeGib === null) continue;
    await volumes.resize(disk.volumeId, disk.pendingSizeGib * GIB);
    grown.push(disk);
  }
  const hasNoSystem = await startMachine(instanceId, context);
  return async (tx) => {
    for (const { id, pendingSizeGib } of grown) {
      await tx
        .updateTable('disks')
        .set({ sizeGib: pendingSizeGib!, pendingSizeGib: null })
        .where('id', '=', id)
        .where('pendingSizeGib', '=', pendingSizeGib)
        .execute();
    }
    await tx
      .updateTable('instances')
      .set({ status: 'Running', startedAt: clock.now(), everStarted: 1, faultReason: null, hasNoSystem })
      .where('id', '=', instanceId)
      .where('status', 'in', ['Starting', 'Stopping'])
      .execute();
  };
}

/**
 * Starts the machine of an instance whose disks are there. Answers 1 where it has none because its system disk is empty, as that of a
 * public image without a disk is: no guest would ever answer a stop or let go of a disk.
 */
export async function startMachine(instanceId: string, context: JobContext): Promise<Flag> {
  const { database, machines } = context;
  if (await hasEmptySystemDisk(instanceId, context)) return 1;
  await refuseForeign(instanceId, context);
  const machine = await machineOf(database.read, instanceId);
  if (machine) await machines.start(machine);
  return 0;
}

/** Instance types and images of one architecture go together; of another, a machine would run and show nothing. */
async function refuseForeign(instanceId: string, { database, machines }: JobContext): Promise<void> {
  if (machines.driver === 'none') return;
  const row = await database.read
    .selectFrom('instances')
    .select('instanceType')
    .where('id', '=', instanceId)
    .executeTakeFirst();
  if (row && findInstanceType(row.instanceType)?.architecture === 'ARM') throw foreignMachine(machines.driver);
}

async function hasEmptySystemDisk(instanceId: string, { database, volumes, machines }: JobContext): Promise<boolean> {
  if (machines.driver === 'none') return false;
  const disk = (await disksOfInstance(database.read, instanceId)).find(({ type }) => type === 'system');
  if (!disk || disk.baseRoot !== null) return false;
  return (await volumes.usage(disk.volumeId)).allocatedBytes === 0;
}
