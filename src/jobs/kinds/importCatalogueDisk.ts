import { placeDisk } from '../../records/catalogue.ts';
import { removeSnapshots } from '../../records/tables/snapshots.ts';
import type { Job } from '../job.ts';
import type { JobInputs } from '../kinds.ts';
import { accomplishSnapshot, GIB } from './rows.ts';
import { alone } from './share.ts';

export const importCatalogueDisk: Job<JobInputs['importCatalogueDisk']> = {
  weight: 'data',
  resources: ({ snapshotId }) => [snapshotId],
  progressOf: ({ snapshotId }) => ({ snapshotIds: [snapshotId] }),
  async run(
    { snapshotId, path, format, packing, asToldRaw },
    { transfers, clock, row, lease, progress, signal, collect },
  ) {
    const held = await lease(row.regionId);
    const source = { path, format, packing, asToldRaw };
    const options = { lease: held, key: null, knowsStore: true, signal, onProgress: alone(progress) };
    const content = await transfers.importFile(source, options);
    return async (tx) => {
      await accomplishSnapshot(tx, snapshotId, content, clock.now());
      const snapshot = await tx
        .updateTable('snapshots')
        .set({ sourceDiskSizeGib: Math.ceil(content.sizeBytes / GIB) })
        .where('id', '=', snapshotId)
        .returningAll()
        .executeTakeFirstOrThrow();
      await placeDisk(tx, snapshot);
      await collect(tx, row.regionId);
    };
  },
  async fail({ snapshotId }, { clock }, tx) {
    await removeSnapshots(tx, [snapshotId], clock.now());
  },
};
