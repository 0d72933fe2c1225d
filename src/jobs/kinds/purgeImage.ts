import { purgeImage as purge } from '../../records/tables/recycledImages.ts';
import { CANCELLED, type Job } from '../job.ts';
import type { JobInputs } from '../kinds.ts';

const TRY_AGAIN_MS = 3600_000;

export const purgeImage: Job<JobInputs['purgeImage']> = {
  weight: 'control',
  resources: ({ imageId }) => [imageId],
  async run({ imageId }, { clock }) {
    return (tx) => purge(tx, imageId, { dueBy: clock.now() });
  },
  async fail({ imageId }, { clock, enqueue, log }, tx, reason) {
    if (reason.code === CANCELLED) return;
    log.error({ imageId, reason }, 'an image stays in the recycle bin beyond its time; trying again later');
    await enqueue(tx, 'purgeImage', { imageId }, { runAfter: clock.now() + TRY_AGAIN_MS });
  },
};
