import { WorldFault } from '../../base/worldFault.ts';
import { releaseInstance as releaseRows } from '../../records/releases.ts';
import { disksOfInstance, hasSnapshotInProgress } from '../../records/tables/disks.ts';
import type { Job } from '../job.ts';
import type { JobInputs } from '../kinds.ts';

export const releaseInstance: Job<JobInputs['releaseInstance']> = {
  weight: 'control',
  // A long snapshot may stand in its way.
  maxAttempts: 100,
  async resources({ instanceId }, db) {
    const disks = await disksOfInstance(db, instanceId);
    return [instanceId, ...disks.map(({ id }) => id)];
  },
  async run({ instanceId }, { database, machines, volumes, clock, enqueue }) {
    const find = (db = database.read) =>
      db.selectFrom('instances').selectAll().where('id', '=', instanceId).executeTakeFirst();
    const isDue = (row: Awaited<ReturnType<typeof find>>) =>
      row !== undefined && row.autoReleaseAt !== null && row.autoReleaseAt <= clock.now();
    if (!isDue(await find())) return async () => {};
    const disks = await disksOfInstance(database.read, instanceId);
    const diskIds = disks.map(({ id }) => id);
    if (await hasSnapshotInProgress(database.read, diskIds)) {
      const message = `A snapshot of a disk of ${instanceId} is being made.`;
      throw new WorldFault('SnapshotInProgress', message, { retryable: true });
    }
    await machines.stop({ instanceId, force: true });
    await machines.forget(instanceId);
    for (const { volumeId } of disks) await volumes.close(volumeId);
    return async (tx) => {
      const row = await find(tx);
      if (!row || !isDue(row)) return;
      const left = await releaseRows(tx, { ...row, status: 'Stopped' }, clock.now());
      for (const diskId of left.detachingDiskIds) await enqueue(tx, 'detachDisk', { diskId }, { resourceId: diskId });
      await enqueue(tx, 'deleteVolumes', { volumeIds: left.volumeIds });
    };
  },
  async fail({ instanceId }, { log }, _, reason) {
    log.error({ instanceId, reason }, 'an instance could not be released at its time');
  },
};
