import { rm } from 'node:fs/promises';
import type { Job } from '../job.ts';
import type { JobInputs } from '../kinds.ts';

export const deleteFiles: Job<JobInputs['deleteFiles']> = {
  weight: 'control',
  resources: ({ paths }) => paths,
  async run({ paths }) {
    for (const path of paths) await rm(path, { force: true });
    return async () => {};
  },
  async fail({ paths }, { log }) {
    log.error({ paths }, 'files could not be deleted');
  },
};
