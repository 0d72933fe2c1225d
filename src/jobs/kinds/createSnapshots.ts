import { WorldFault } from '../../base/worldFault.ts';
import type { StoredDisk } from '../../disks/transfers.ts';
import type { DiskRow } from '../../records/tables/disks.ts';
import type { Job } from '../job.ts';
import type { JobInputs } from '../kinds.ts';
import { completeImage } from './completeImage.ts';
import { accomplishSnapshot, failImage, failSnapshots, findDisks, GIB } from './rows.ts';
import { share } from './share.ts';

type Input = JobInputs['createSnapshots'];

const diskIdsOf = (input: Input) => input.snapshots.map((snapshot) => snapshot.diskId);
const snapshotIdsOf = (input: Input) => input.snapshots.map((snapshot) => snapshot.snapshotId);

/** The job's own id names the freeze. */
export const createSnapshots: Job<Input> = {
  weight: 'data',
  // Not the disks: they can be detached meanwhile, since a volume that is closed still holds its freeze.
  async resources(input, db) {
    const disks = await findDisks(db, diskIdsOf(input));
    return [...snapshotIdsOf(input), ...disks.map((disk) => disk.volumeId)];
  },
  progressOf: (input) => ({ imageId: input.imageId, snapshotIds: snapshotIdsOf(input) }),
  async begin(input, { database, volumes, row }) {
    const disks = await findDisks(database.read, diskIdsOf(input));
    await volumes.freeze(
      disks.map((disk) => disk.volumeId),
      row.id,
    );
  },
  async run(input, { database, volumes, clock, row, signal, lease, progress, enqueue }) {
    const byId = new Map((await findDisks(database.read, diskIdsOf(input))).map((disk) => [disk.id, disk]));
    const sources = input.snapshots.map(({ snapshotId, diskId }) => {
      const disk = byId.get(diskId);
      if (!disk)
        throw new WorldFault('DiskReleased', `Disk ${diskId} was released before snapshot ${snapshotId} was stored.`);
      return { snapshotId, disk };
    });
    const held = await lease(row.regionId);
    const shares = share(
      sources.map(({ disk }) => disk.sizeGib * GIB),
      progress,
    );
    const stored: { snapshotId: string; disk: DiskRow; content: StoredDisk }[] = [];
    for (const [index, { snapshotId, disk }] of sources.entries()) {
      const content = await volumes.store(disk.volumeId, row.id, { lease: held, signal, onProgress: shares[index]! });
      stored.push({ snapshotId, disk, content });
    }
    return async (tx) => {
      const completedAt = clock.now();
      for (const { snapshotId, disk, content } of stored) {
        await accomplishSnapshot(tx, snapshotId, content, completedAt);
        await tx
          .updateTable('disks')
          .set({ lastRoot: content.root })
          .where('id', '=', disk.id)
          .where('volumeId', '=', disk.volumeId)
          .execute();
      }
      if (input.imageId) await completeImage(tx, input.imageId, { enqueue });
      const ended = stored.map(({ disk, content }) => ({ volumeId: disk.volumeId, committed: { root: content.root } }));
      await enqueue(tx, 'endFreezes', { freezeId: row.id, volumes: ended });
    };
  },
  async fail(input, { enqueue, row }, tx) {
    await failSnapshots(tx, snapshotIdsOf(input));
    if (input.imageId) await failImage(tx, input.imageId);
    const disks = await findDisks(tx, diskIdsOf(input));
    await enqueue(tx, 'endFreezes', {
      freezeId: row.id,
      volumes: disks.map(({ volumeId }) => ({ volumeId, committed: null })),
    });
  },
};
