import { disksOfInstance } from '../../records/tables/disks.ts';
import type { Job } from '../job.ts';
import type { JobInputs } from '../kinds.ts';

export const stopInstance: Job<JobInputs['stopInstance']> = {
  weight: 'control',
  resources: ({ instanceId }) => [instanceId],
  async run({ instanceId, force }, { database, machines, volumes, clock, signal }) {
    await machines.stop({ instanceId, force, signal });
    const disks = await disksOfInstance(database.read, instanceId);
    for (const disk of disks) await volumes.close(disk.volumeId);
    return async (tx) => {
      await tx
        .updateTable('instances')
        .set({ status: 'Stopped', stoppedAt: clock.now() })
        .where('id', '=', instanceId)
        .where('status', '=', 'Stopping')
        .execute();
    };
  },
  async fail({ instanceId }, _, tx, reason) {
    await tx
      .updateTable('instances')
      .set({ status: 'Running', faultReason: reason.message })
      .where('id', '=', instanceId)
      .where('status', '=', 'Stopping')
      .execute();
  },
};
