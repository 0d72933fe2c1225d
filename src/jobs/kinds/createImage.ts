import { WorldFault } from '../../base/worldFault.ts';
import type { Job } from '../job.ts';
import type { JobInputs } from '../kinds.ts';
import { completeImage } from './completeImage.ts';
import { failImage } from './rows.ts';

export const createImage: Job<JobInputs['createImage']> = {
  weight: 'control',
  resources: ({ imageId }) => [imageId],
  async run({ imageId }, { database, enqueue }) {
    const unfinished = await database.read
      .selectFrom('imageDisks')
      .leftJoin('snapshots', 'snapshots.id', 'imageDisks.snapshotId')
      .select('imageDisks.snapshotId')
      .where('imageDisks.imageId', '=', imageId)
      .where('imageDisks.snapshotId', 'is not', null)
      .where((eb) => eb.or([eb('snapshots.status', 'is', null), eb('snapshots.status', '!=', 'accomplished')]))
      .execute();
    if (unfinished.length > 0)
      throw new WorldFault('SnapshotNotReady', `Snapshot ${unfinished[0]!.snapshotId} is not accomplished.`);
    return (tx) => completeImage(tx, imageId, { enqueue });
  },
  fail: ({ imageId }, _, tx) => failImage(tx, imageId),
};
