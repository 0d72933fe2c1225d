import { disksOfInstance } from '../../records/tables/disks.ts';
import type { Job } from '../job.ts';
import type { JobInputs } from '../kinds.ts';

export const machineEnded: Job<JobInputs['machineEnded']> = {
  weight: 'control',
  maxAttempts: 10,
  resources: ({ instanceId }) => [instanceId],
  async run({ instanceId, reason }, { database, machines, volumes, clock }) {
    // Started anew in between: it is another machine that ended.
    if (await machines.isRunning(instanceId)) return async () => {};
    for (const { volumeId } of await disksOfInstance(database.read, instanceId)) await volumes.close(volumeId);
    return async (tx) => {
      await tx
        .updateTable('instances')
        .set({ status: 'Stopped', stoppedAt: clock.now(), stoppedMode: 'KeepCharging', faultReason: reason })
        .where('id', '=', instanceId)
        .where('status', '=', 'Running')
        .execute();
    };
  },
  async fail({ instanceId }, { log }, _, reason) {
    log.error({ instanceId, reason }, 'the end of a machine could not be recorded');
  },
};
