import type { Job } from '../job.ts';
import type { JobInputs } from '../kinds.ts';
import { makeVolume } from './makeVolume.ts';
import { deleteDisks, diskResources, findDisks } from './rows.ts';

export const createDisks: Job<JobInputs['createDisks']> = {
  weight: 'control',
  resources: ({ diskIds }, db) => diskResources(db, diskIds),
  async run({ diskIds }, context) {
    const { database, clock } = context;
    const disks = await findDisks(database.read, diskIds);
    for (const disk of disks) await makeVolume(disk, context);
    return async (tx) => {
      const attachedAt = clock.now();
      const creating = tx.updateTable('disks').where('id', 'in', diskIds).where('status', '=', 'Creating');
      await creating.set({ status: 'Available' }).where('instanceId', 'is', null).execute();
      await creating
        .set({ status: 'In_use', everAttached: 1, attachedAt })
        .where('instanceId', 'is not', null)
        .execute();
    };
  },
  /** An instance is not left without its disk: its next start makes the volume. */
  async fail({ diskIds }, { enqueue }, tx) {
    await tx
      .updateTable('disks')
      .set({ status: 'In_use' })
      .where('id', 'in', diskIds)
      .where('status', '=', 'Creating')
      .where('instanceId', 'is not', null)
      .execute();
    const free = (await findDisks(tx, diskIds)).filter((disk) => disk.instanceId === null);
    await deleteDisks(tx, free);
    await enqueue(tx, 'deleteVolumes', { volumeIds: free.map((disk) => disk.volumeId) });
  },
};
