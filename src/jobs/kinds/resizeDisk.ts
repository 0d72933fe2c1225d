import type { Job } from '../job.ts';
import type { JobInputs } from '../kinds.ts';
import { diskResources, findDisks, GIB } from './rows.ts';

export const resizeDisk: Job<JobInputs['resizeDisk']> = {
  weight: 'control',
  resources: ({ diskId }, db) => diskResources(db, [diskId]),
  async run({ diskId }, { database, volumes }) {
    const [disk] = await findDisks(database.read, [diskId]);
    if (!disk) return async () => {};
    const sizeGib = disk.pendingSizeGib ?? disk.sizeGib;
    await volumes.resize(disk.volumeId, sizeGib * GIB);
    return async (tx) => {
      await tx.updateTable('disks').set({ sizeGib, pendingSizeGib: null }).where('id', '=', diskId).execute();
    };
  },
  async fail({ diskId }, _, tx) {
    await tx.updateTable('disks').set({ pendingSizeGib: null }).where('id', '=', diskId).execute();
  },
};
