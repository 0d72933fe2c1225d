import { removeDueKey } from '../../records/tables/kmsKeys.ts';
import type { Job } from '../job.ts';
import type { JobInputs } from '../kinds.ts';

export const deleteKey: Job<JobInputs['deleteKey']> = {
  weight: 'control',
  resources: ({ keyId }) => [keyId],
  run:
    async ({ keyId }, { clock }) =>
    (tx) =>
      removeDueKey(tx, keyId, clock.now()),
  async fail({ keyId }, { log }, _, reason) {
    log.error({ keyId, reason }, 'a key could not be deleted at its time');
  },
};
