import type { Job } from '../job.ts';
import type { JobInputs } from '../kinds.ts';

export const applyNetwork: Job<JobInputs['applyNetwork']> = {
  weight: 'control',
  resources: () => ['network'],
  async run(_, { machines }) {
    await machines.applyNetwork();
    return async () => {};
  },
  async fail(_, { log }, __, reason) {
    log.error({ reason }, 'the network of running machines is not as the records say');
  },
};
