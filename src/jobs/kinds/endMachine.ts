import type { Job } from '../job.ts';
import type { JobInputs } from '../kinds.ts';

export const endMachine: Job<JobInputs['endMachine']> = {
  weight: 'control',
  // Nobody else will end it.
  maxAttempts: 10,
  resources: ({ instanceId, diskIds, volumeIds }) => [instanceId, ...diskIds, ...volumeIds],
  async run({ instanceId, volumeIds }, { machines, volumes }) {
    await machines.stop({ instanceId, force: true });
    await machines.forget(instanceId);
    for (const volumeId of volumeIds) await volumes.close(volumeId);
    return async () => {};
  },
  async fail({ instanceId }, { log }, _, reason) {
    log.error({ instanceId, reason }, 'the machine of a released instance could not be ended');
  },
};
