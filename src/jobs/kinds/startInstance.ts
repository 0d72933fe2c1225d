import type { Job } from '../job.ts';
import type { JobInputs } from '../kinds.ts';
import { switchOn } from './power.ts';

export const startInstance: Job<JobInputs['startInstance']> = {
  weight: 'control',
  resources: ({ instanceId }) => [instanceId],
  run: ({ instanceId }, context) => switchOn(instanceId, context),
  async fail({ instanceId }, _, tx, reason) {
    await tx
      .updateTable('instances')
      .set({ status: 'Stopped', faultReason: reason.message })
      .where('id', '=', instanceId)
      .where('status', '=', 'Starting')
      .execute();
  },
};
