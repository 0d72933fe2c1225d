import type { Job } from '../job.ts';
import type { JobInputs } from '../kinds.ts';
import { switchOn } from './power.ts';

export const rebootInstance: Job<JobInputs['rebootInstance']> = {
  weight: 'control',
  resources: ({ instanceId }) => [instanceId],
  async run({ instanceId, force }, context) {
    await context.machines.stop({ instanceId, force, signal: context.signal });
    await context.database.write((tx) =>
      tx
        .updateTable('instances')
        .set({ status: 'Starting' })
        .where('id', '=', instanceId)
        .where('status', '=', 'Stopping')
        .execute(),
    );
    return switchOn(instanceId, context);
  },
  async fail({ instanceId }, { clock }, tx, reason) {
    await tx
      .updateTable('instances')
      .set({ status: 'Stopped', stoppedAt: clock.now(), faultReason: reason.message })
      .where('id', '=', instanceId)
      .where('status', 'in', ['Starting', 'Stopping'])
      .execute();
  },
};
