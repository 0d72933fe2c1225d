import type { Job } from '../job.ts';
import type { JobInputs } from '../kinds.ts';
import { machineDisk } from './machineOf.ts';
import { makeVolume } from './makeVolume.ts';
import { findDisks } from './rows.ts';

export const attachDisk: Job<JobInputs['attachDisk']> = {
  weight: 'control',
  resources: ({ diskId }) => [diskId],
  async run({ diskId }, context) {
    const { database, machines, clock } = context;
    const disks = await findDisks(database.read, [diskId]);
    for (const disk of disks) {
      await makeVolume(disk, context);
      if (disk.instanceId !== null) await machines.attach(disk.instanceId, machineDisk(disk));
    }
    return async (tx) => {
      await tx
        .updateTable('disks')
        .set({ status: 'In_use', everAttached: 1, attachedAt: clock.now(), detachedAt: null })
        .where('id', '=', diskId)
        .where('status', '=', 'Attaching')
        .execute();
    };
  },
  async fail({ diskId }, _, tx) {
    await tx
      .updateTable('disks')
      .set({ status: 'Available', instanceId: null, device: null })
      .where('id', '=', diskId)
      .where('status', '=', 'Attaching')
      .execute();
  },
};
