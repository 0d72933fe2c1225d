import type { Job } from '../job.ts';
import type { JobInputs } from '../kinds.ts';
import { makeVolume } from './makeVolume.ts';
import { diskResources, findDisks } from './rows.ts';

export const reInitDisk: Job<JobInputs['reInitDisk']> = {
  weight: 'control',
  resources: async ({ diskId, old }, db) => [...(await diskResources(db, [diskId])), old.volumeId],
  async run({ diskId, old, startInstance }, context) {
    const { database, enqueue } = context;
    const [disk] = await findDisks(database.read, [diskId]);
    if (disk) await makeVolume(disk, context);
    return async (tx) => {
      const status = disk?.instanceId ? 'In_use' : 'Available';
      await tx
        .updateTable('disks')
        .set({ status })
        .where('id', '=', diskId)
        .where('status', '=', 'ReIniting')
        .execute();
      await enqueue(tx, 'deleteVolumes', { volumeIds: [old.volumeId] });
      if (!startInstance || !disk?.instanceId) return;
      const starting = await tx
        .updateTable('instances')
        .set({ status: 'Starting' })
        .where('id', '=', disk.instanceId)
        .where('status', '=', 'Stopped')
        .returning('id')
        .execute();
      for (const { id } of starting) await enqueue(tx, 'startInstance', { instanceId: id }, { resourceId: id });
    };
  },
  /** Back to the content that it had. */
  async fail({ diskId, old }, { enqueue }, tx) {
    const [disk] = await findDisks(tx, [diskId]);
    if (!disk) return void (await enqueue(tx, 'deleteVolumes', { volumeIds: [old.volumeId] }));
    await tx
      .updateTable('disks')
      .set({ ...old, status: disk.instanceId ? 'In_use' : 'Available' })
      .where('id', '=', diskId)
      .execute();
    await enqueue(tx, 'deleteVolumes', { volumeIds: [disk.volumeId] });
  },
};
