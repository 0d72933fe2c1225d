import type { Job } from '../job.ts';
import type { JobInputs } from '../kinds.ts';
import { machineOf } from './machineOf.ts';

export const setVncPassword: Job<JobInputs['setVncPassword']> = {
  weight: 'control',
  resources: ({ instanceId }) => [instanceId],
  async run({ instanceId }, { database, machines }) {
    const machine = await machineOf(database.read, instanceId);
    if (machine?.vncPassword != null) await machines.setVncPassword(instanceId, machine.vncPassword);
    return async () => {};
  },
  async fail({ instanceId }, { log }, _, reason) {
    log.error({ instanceId, reason }, 'a machine did not take the new password of its screen');
  },
};
