import { removeEndedShare } from '../../records/tables/imageShares.ts';
import type { Job } from '../job.ts';
import type { JobInputs } from '../kinds.ts';

export const endImageShare: Job<JobInputs['endImageShare']> = {
  weight: 'control',
  // Not the image: nothing that is done with it need wait.
  resources: ({ imageId, accountId }) => [`share-${imageId}-${accountId}`],
  async run(share, { clock }) {
    return (tx) => removeEndedShare(tx, share, clock.now());
  },
  async fail(share, { log }, _, reason) {
    log.error({ ...share, reason }, 'the row of a share that has ended could not be removed');
  },
};
