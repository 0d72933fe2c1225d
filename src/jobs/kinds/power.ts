import { disksOfInstance, type DiskRow } from '../../records/tables/disks.ts';
import type { Finish, JobContext } from '../job.ts';
import { machineOf } from './machineOf.ts';
import { makeVolume } from './makeVolume.ts';
import { GIB, openKey } from './rows.ts';

/** Switches a machine on, offline resizes first. The answer records both. */
export async function switchOn(instanceId: string, context: JobContext): Promise<Finish> {
  const { database, volumes, machines, keys, clock } = context;
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
  const machine = await machineOf(database.read, instanceId);
  if (machine) await machines.start(machine);
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
      .set({ status: 'Running', startedAt: clock.now(), everStarted: 1, faultReason: null })
      .where('id', '=', instanceId)
      .where('status', 'in', ['Starting', 'Stopping'])
      .execute();
  };
}
