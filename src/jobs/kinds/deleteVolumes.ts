import type { Job } from '../job.ts';
import type { JobInputs } from '../kinds.ts';

export const deleteVolumes: Job<JobInputs['deleteVolumes']> = {
  weight: 'control',
  // Nobody else will free them.
  maxAttempts: 10,
  resources: ({ volumeIds }) => volumeIds,
  async run({ volumeIds }, { volumes, collect, row }) {
    for (const volumeId of volumeIds) await volumes.remove(volumeId);
    return (tx) => collect(tx, row.regionId);
  },
  async fail({ volumeIds }, { log }) {
    log.error({ volumeIds }, 'volumes could not be freed');
  },
};
