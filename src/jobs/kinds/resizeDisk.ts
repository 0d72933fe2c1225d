import type { Job } from '../job.ts';
import type { JobInputs } from '../kinds.ts';
import { makeVolume } from './makeVolume.ts';
import { diskResources, findDisks, GIB } from './rows.ts';

export const resizeDisk: Job<JobInputs['resizeDisk']> = {
  weight: 'control',
  resources: ({ diskId }, db) => diskResources(db, [diskId]),
  async run({ diskId }, context) {
    const { database, volumes } = context;
    const [disk] = await findDisks(database.read, [diskId]);
    if (!disk) return async () => {};
    const sizeGib = disk.pendingSizeGib ?? disk.sizeGib;
    // The disk's content may have been renewed since the call: its new volume is made then, for good.
    await makeVolume(disk, context);
    await volumes.resize(disk.volumeId, sizeGib * GIB);
    return async (tx) => {
      await tx.updateTable('disks').set({ sizeGib, pendingSizeGib: null }).where('id', '=', diskId).execute();
    };
  },
  async fail({ diskId }, _, tx) {
    await tx.updateTable('disks').set({ pendingSizeGib: null }).where('id', '=', diskId).execute();
  },
};
