import { WorldFault } from '../../base/worldFault.ts';
import type { Job } from '../job.ts';
import type { JobInputs } from '../kinds.ts';
import { openKey } from './rows.ts';
import { alone } from './share.ts';

export const exportImage: Job<JobInputs['exportImage']> = {
  weight: 'data',
  resources: ({ path }) => [path],
  async run({ imageId, path, format }, { database, transfers, keys, progress, signal }) {
    const disk = await database.read
      .selectFrom('imageDisks')
      .innerJoin('snapshots', 'snapshots.id', 'imageDisks.snapshotId')
      .select(['snapshots.regionId', 'root', 'sizeBytes', 'kmsKeyId'])
      .where('imageDisks.imageId', '=', imageId)
      .where('imageDisks.type', '=', 'system')
      .executeTakeFirst();
    if (!disk) throw new WorldFault('ImageDeleted', `Image ${imageId} is gone.`);
    const { kmsKeyId, ...content } = disk;
    const key = await openKey(keys, kmsKeyId);
    await transfers.exportFile({ ...content, key }, path, { format, signal, onProgress: alone(progress) });
    return async () => {};
  },
  /** The file is written aside and put into place once whole, so there is nothing to undo. */
  async fail() {},
};
