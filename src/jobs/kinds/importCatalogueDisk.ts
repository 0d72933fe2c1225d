import { placeDisk } from '../../records/catalogue.ts';
import { removeSnapshots } from '../../records/tables/snapshots.ts';
import type { Job } from '../job.ts';
import type { JobInputs } from '../kinds.ts';
import { accomplishSnapshot, GIB } from './rows.ts';
import { openSourceFile } from './sourceFile.ts';

export const importCatalogueDisk: Job<JobInputs['importCatalogueDisk']> = {
  weight: 'data',
  resources: ({ snapshotId }) => [snapshotId],
  progressOf: ({ snapshotId }) => ({ snapshotIds: [snapshotId] }),
  async run(input, context) {
    const { snapshotId, format, packing, asToldRaw } = input;
    const { transfers, clock, row, lease, signal, collect } = context;
    await using source = await openSourceFile(input, context);
    const { path, parts, onProgress } = source;
    const held = await lease(row.regionId);
    const options = { lease: held, key: null, knowsStore: true, signal, onProgress };
    const content = await transfers.importFile({ path, parts, format, packing, asToldRaw }, options);
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
