import type { Job } from '../job.ts';
import type { JobInputs } from '../kinds.ts';
import { findDisks } from './rows.ts';

export const detachDisk: Job<JobInputs['detachDisk']> = {
  weight: 'control',
  resources: ({ diskId }) => [diskId],
  async run({ diskId }, { database, machines, volumes, clock }) {
    const disks = await findDisks(database.read, [diskId]);
    for (const { instanceId, volumeId } of disks) {
      if (instanceId !== null) await machines.detach(instanceId, volumeId);
      await volumes.close(volumeId);
    }
    return async (tx) => {
      await tx
        .updateTable('disks')
        .set({ status: 'Available', instanceId: null, device: null, detachedAt: clock.now() })
        .where('id', '=', diskId)
        .where('status', '=', 'Detaching')
        .execute();
    };
  },
  /** It is still served: the instance has it. */
  async fail({ diskId }, _, tx) {
    await tx
      .updateTable('disks')
      .set({ status: 'In_use' })
      .where('id', '=', diskId)
      .where('status', '=', 'Detaching')
      .execute();
  },
};
