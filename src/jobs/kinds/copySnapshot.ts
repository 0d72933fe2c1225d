import { WorldFault } from '../../base/worldFault.ts';
import type { Db } from '../../records/database.ts';
import type { Job } from '../job.ts';
import type { JobInputs } from '../kinds.ts';
import { accomplishSnapshot, failSnapshots, meterCopy, openKey } from './rows.ts';
import { alone } from './share.ts';

export const copySnapshot: Job<JobInputs['copySnapshot']> = {
  weight: 'data',
  // The source's, too: a copy that a policy wants waits for the snapshot that it is of.
  resources: ({ snapshotId, sourceSnapshotId }) => [snapshotId, sourceSnapshotId],
  progressOf: ({ snapshotId }) => ({ snapshotIds: [snapshotId] }),
  async run({ snapshotId, sourceSnapshotId }, { database, blocks, keys, clock, ids, lease, progress, signal }) {
    const target = await find(database.read, snapshotId);
    if (!target) throw new WorldFault('SnapshotDeleted', `Snapshot ${snapshotId} is gone.`);
    const source = await find(database.read, sourceSnapshotId);
    if (source?.status !== 'accomplished') {
      throw new WorldFault('SnapshotDeleted', `Snapshot ${sourceSnapshotId} is gone, or was never completed.`);
    }
    const { regionId, sizeBytes, storedBytes } = source;
    const held = await lease(target.regionId);
    // What it counts is its source's: what had to travel says what others have there.
    const { root, contentBytes } = await blocks.copy(
      { regionId, root: source.root, sizeBytes, key: await openKey(keys, source.kmsKeyId) },
      { lease: held, key: await openKey(keys, target.kmsKeyId), signal, onProgress: alone(progress) },
    );
    return async (tx) => {
      await accomplishSnapshot(tx, snapshotId, { root, sizeBytes, storedBytes }, clock.now());
      await meterCopy(tx, { clock, ids }, { target, sourceRegionId: regionId, imageId: null, bytes: contentBytes });
    };
  },
  fail: ({ snapshotId }, _context, tx) => failSnapshots(tx, [snapshotId]),
};

const find = (db: Db, id: string) => db.selectFrom('snapshots').selectAll().where('id', '=', id).executeTakeFirst();
