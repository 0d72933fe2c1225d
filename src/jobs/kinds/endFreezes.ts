import type { Job } from '../job.ts';
import type { JobInputs } from '../kinds.ts';

export const endFreezes: Job<JobInputs['endFreezes']> = {
  weight: 'control',
  // A freeze that stays makes every later write to its volume copy first.
  maxAttempts: 10,
  resources: (input) => input.volumes.map((volume) => volume.volumeId),
  async run({ freezeId, volumes: held }, { volumes }) {
    for (const { volumeId, committed } of held) await volumes.thaw(volumeId, freezeId, committed);
    return async () => {};
  },
  async fail(input, { log }) {
    log.error({ freeze: input }, 'a freeze could not be ended');
  },
};
