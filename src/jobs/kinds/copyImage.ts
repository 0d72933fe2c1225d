import { WorldFault } from '../../base/worldFault.ts';
import type { StoredDisk } from '../../disks/transfers.ts';
import { removeImage } from '../../records/tables/images.ts';
import { removeSnapshots, type SnapshotRow } from '../../records/tables/snapshots.ts';
import { CANCELLED, type Job } from '../job.ts';
import type { JobInputs } from '../kinds.ts';
import { completeImage } from './completeImage.ts';
import { accomplishSnapshot, failImage, failSnapshots, meterCopy, openKey } from './rows.ts';
import { share } from './share.ts';

type Input = JobInputs['copyImage'];

const targetsOf = (input: Input) => input.disks.map((disk) => disk.snapshotId);

export const copyImage: Job<Input> = {
  weight: 'data',
  resources: ({ imageId }) => [imageId],
  progressOf: (input) => ({ imageId: input.imageId, snapshotIds: targetsOf(input) }),
  async run(input, { database, blocks, keys, clock, ids, lease, progress, signal, enqueue }) {
    const target = await database.write((tx) =>
      tx
        .updateTable('images')
        .set({ status: 'Creating' })
        .where('id', '=', input.imageId)
        .where('deletedAt', 'is', null)
        .returning('regionId')
        .executeTakeFirst(),
    );
    if (!target) throw new WorldFault('ImageDeleted', `Image ${input.imageId} is gone.`);
    const sourceIds = input.disks.map((disk) => disk.sourceSnapshotId);
    const rows = sourceIds.length
      ? await database.read
          .selectFrom('snapshots')
          .selectAll()
          .where('id', 'in', [...sourceIds, ...targetsOf(input)])
          .execute()
      : [];
    const byId = new Map(rows.map((row) => [row.id, row]));
    const sources = input.disks.map(({ sourceSnapshotId, snapshotId }) => {
      const source = byId.get(sourceSnapshotId);
      if (source?.status !== 'accomplished')
        throw new WorldFault('SnapshotDeleted', `Snapshot ${sourceSnapshotId} is gone.`);
      const copy = byId.get(snapshotId);
      if (!copy) throw new WorldFault('SnapshotDeleted', `Snapshot ${snapshotId} is gone.`);
      return { source, copy };
    });
    const held = await lease(target.regionId);
    const shares = share(
      sources.map(({ source }) => source.sizeBytes),
      progress,
    );
    const copies: { copy: SnapshotRow; sourceRegionId: string; content: StoredDisk; bytes: number }[] = [];
    for (const [index, { source, copy }] of sources.entries()) {
      const { regionId, root: sourceRoot, sizeBytes, storedBytes } = source;
      // What it counts is its source's: what had to travel says what others have there.
      const { root, contentBytes } = await blocks.copy(
        { regionId, root: sourceRoot, sizeBytes, key: await openKey(keys, source.kmsKeyId) },
        { lease: held, key: await openKey(keys, copy.kmsKeyId), signal, onProgress: shares[index]! },
      );
      const content = { root, sizeBytes, storedBytes };
      copies.push({ copy, sourceRegionId: regionId, content, bytes: contentBytes });
    }
    return async (tx) => {
      const completedAt = clock.now();
      for (const { copy, sourceRegionId, content, bytes } of copies) {
        await accomplishSnapshot(tx, copy.id, content, completedAt);
        await meterCopy(tx, { clock, ids }, { target: copy, sourceRegionId, imageId: input.imageId, bytes });
      }
      await completeImage(tx, input.imageId, { enqueue });
    };
  },
  async fail(input, { clock }, tx, reason) {
    if (reason.code === CANCELLED) {
      await removeImage(tx, input.imageId, clock.now());
      await removeSnapshots(tx, targetsOf(input), clock.now());
    } else {
      await failImage(tx, input.imageId);
      await failSnapshots(tx, targetsOf(input));
    }
  },
};
