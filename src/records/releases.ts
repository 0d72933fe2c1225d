import type { Db } from './database.ts';
import { removeAutoSnapshots } from './snapshotRemoval.ts';
import { deleteDisk, disksOfInstance, updateDisk, type DiskRow } from './tables/disks.ts';
import { freeEips } from './tables/eips.ts';
import { deleteInstance, type InstanceRow } from './tables/instances.ts';
import { deleteTags } from './tables/tags.ts';

/** What is left to do once the rows of something released are gone: which volumes to free, which disks still have to be let go. */
export interface Leftovers {
  volumeIds: string[];
  /** Kept disks that a running machine holds: Detaching. */
  detachingDiskIds: string[];
}

/**
 * Takes an instance away with the disks that go with it, their automatic snapshots and all tags. Manual snapshots stay; kept disks become
 * Available data disks that are paid as they are used, also one that was the system disk. Its elastic IP stays, free.
 */
export async function releaseInstance(db: Db, instance: InstanceRow, now: number): Promise<Leftovers> {
  const left: Leftovers = { volumeIds: [], detachingDiskIds: [] };
  for (const disk of await disksOfInstance(db, instance.id)) {
    if (disk.deleteWithInstance) {
      left.volumeIds.push(await releaseDisk(db, disk, now));
    } else {
      const isHeld = instance.status === 'Running' || disk.status === 'Detaching';
      if (isHeld) left.detachingDiskIds.push(disk.id);
      await updateDisk(db, disk.id, {
        ...(isHeld
          ? { status: 'Detaching' }
          : { status: 'Available', instanceId: null, device: null, detachedAt: now }),
        type: 'data',
        portable: 1,
        chargeType: 'PostPaid',
      });
    }
  }
  await freeEips(db, instance.id);
  await deleteInstance(db, instance.id);
  await deleteTags(db, 'instance', [instance.id]);
  await deleteTags(db, 'eni', [instance.networkInterfaceId]);
  return left;
}

/** Takes a disk away with its automatic snapshots, where it is set so, and tags. Answers the volume to free. */
export async function releaseDisk(db: Db, disk: DiskRow, now: number): Promise<string> {
  if (disk.deleteAutoSnapshot) await removeAutoSnapshots(db, disk.id, now);
  await deleteDisk(db, disk.id);
  await deleteTags(db, 'disk', [disk.id]);
  return disk.volumeId;
}
