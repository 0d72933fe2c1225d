import { checkDisk, checkExport, collect } from './checks.ts';
import { ServiceGone } from './client.ts';
import { attachDisk, createDisk, deleteDisk, detachDisk, resetDisk, resizeDisk, writing } from './diskVerbs.ts';
import { createSnapshot, killVolume, snapshotUnderWrites, writeDisk } from './writeVerbs.ts';
import {
  cancelCopy,
  copyImage,
  createImageFromSnapshot,
  deleteImage,
  deleteSnapshot,
  importImage,
  shareImage,
} from './imageVerbs.ts';
import { createImageFromInstance, deleteInstance, runInstance, startInstance, stopInstance } from './instanceVerbs.ts';
import { isDying } from './serviceProcess.ts';
import { free, type Mix, type Verb } from './workload.ts';

/** A collection beside everything else. */
const collectGarbage: Verb = () => ({ what: 'collect', locks: ['collect'], run: collect });

const readDisk: Verb = (world, random) => {
  const disks = [...world.model.disks.values()].filter(({ id }) =>
    [id, writing(id)].every((lock) => !world.locks.has(lock)),
  );
  if (disks.length === 0) return null;
  const disk = random.pick(disks);
  const places = random.fork();
  return {
    what: `read ${disk.id}`,
    locks: [disk.id, writing(disk.id)],
    async run(session) {
      const { crashes } = disk;
      try {
        await checkDisk(session, disk, places);
      } catch (error) {
        if (disk.crashes !== crashes || (await isDying(session.process)))
          throw new ServiceGone('reading', { cause: error });
        throw error;
      }
    },
  };
};

const readSnapshot: Verb = (world, random) => {
  const snapshots = free(world, world.model.snapshots, () => true);
  if (snapshots.length === 0) return null;
  const { id, content } = random.pick(snapshots);
  return {
    what: `readSnapshot ${id}`,
    locks: [id],
    async run(session) {
      try {
        await checkExport(session, id, content);
      } catch (error) {
        // A crash of everything takes exports with it.
        if (await isDying(session.process)) throw new ServiceGone('reading', { cause: error });
        throw error;
      }
    },
  };
};

/** Everything, what matters most most often. */
export const everything: Mix = [
  [importImage, 8],
  [runInstance, 6],
  [createDisk, 5],
  [attachDisk, 4],
  [detachDisk, 3],
  [deleteDisk, 3],
  [writeDisk, 20],
  [createSnapshot, 8],
  [snapshotUnderWrites, 6],
  [killVolume, 4],
  [createImageFromInstance, 7],
  [createImageFromSnapshot, 3],
  [copyImage, 9],
  [cancelCopy, 2],
  [shareImage, 3],
  [deleteImage, 6],
  [deleteSnapshot, 7],
  [resizeDisk, 2],
  [resetDisk, 4],
  [stopInstance, 3],
  [startInstance, 4],
  [deleteInstance, 3],
  [collectGarbage, 4],
  [readDisk, 3],
  [readSnapshot, 3],
];

/** For a lane of its own: one collection after the other. */
export const collectionsOnly: Mix = [[collectGarbage, 1]];
