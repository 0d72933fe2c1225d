import { disksOfInstance } from '../../records/tables/disks.ts';
import type { Flag } from '../../records/schema.ts';
import { deleteInstance } from '../../records/tables/instances.ts';
import { deleteTags } from '../../records/tables/tags.ts';
import type { Job } from '../job.ts';
import type { JobInputs } from '../kinds.ts';
import { makeVolume } from './makeVolume.ts';
import { startMachine } from './power.ts';
import { deleteDisks } from './rows.ts';

export const createInstance: Job<JobInputs['createInstance']> = {
  weight: 'control',
  async resources({ instanceId }, db) {
    const disks = await disksOfInstance(db, instanceId);
    return [instanceId, ...disks.flatMap((disk) => [disk.id, disk.volumeId])];
  },
  async run({ instanceId, start }, context) {
    const { database, clock } = context;
    let hasNoSystem: Flag = 0;
    const disks = await disksOfInstance(database.read, instanceId);
    for (const disk of disks) await makeVolume(disk, context);
    if (start) {
      await database.write((tx) =>
        tx
          .updateTable('instances')
          .set({ status: 'Starting' })
          .where('id', '=', instanceId)
          .where('status', '=', 'Pending')
          .execute(),
      );
      hasNoSystem = await startMachine(instanceId, context);
    }
    return async (tx) => {
      const now = clock.now();
      await tx
        .updateTable('disks')
        .set({ status: 'In_use', everAttached: 1, attachedAt: now })
        .where('instanceId', '=', instanceId)
        .where('status', '=', 'Creating')
        .execute();
      await tx
        .updateTable('instances')
        .set(start ? { status: 'Running', startedAt: now, everStarted: 1, hasNoSystem } : { status: 'Stopped' })
        .where('id', '=', instanceId)
        .where('status', 'in', ['Pending', 'Starting'])
        .execute();
    };
  },
  /** As the cloud does: what could not be created is not there. */
  async fail({ instanceId }, { enqueue }, tx) {
    const disks = await disksOfInstance(tx, instanceId);
    await deleteDisks(tx, disks);
    await deleteInstance(tx, instanceId);
    await deleteTags(tx, 'instance', [instanceId]);
    await enqueue(tx, 'deleteVolumes', { volumeIds: disks.map((disk) => disk.volumeId) });
  },
};
