import type { Db } from '../database.ts';
import type { Flag } from '../schema.ts';
import type { SnapshotRow } from './snapshots.ts';

/** One disk of an image (DiskDeviceMapping). */
export interface ImageDiskRow {
  imageId: string;
  /** 0 is the system disk. */
  position: number;
  /** null: an empty data disk of `sizeGib`. */
  snapshotId: string | null;
  device: string;
  type: 'system' | 'data';
  sizeGib: number;
  format: string;
  category: string | null;
  importBucket: string | null;
  importObject: string | null;
}

/** A disk with what its snapshot says; the snapshot's fields are null for an empty data disk. */
export interface ImageDisk extends ImageDiskRow {
  snapshotStatus: SnapshotRow['status'] | null;
  progress: number | null;
  encrypted: Flag | null;
  kmsKeyId: string | null;
}

/** The disks of the images, each image's in order. */
export async function imageDisksOf(db: Db, imageIds: readonly string[]): Promise<ImageDisk[]> {
  if (imageIds.length === 0) return [];
  return db
    .selectFrom('imageDisks')
    .leftJoin('snapshots', 'snapshots.id', 'imageDisks.snapshotId')
    .selectAll('imageDisks')
    .select(['snapshots.status as snapshotStatus', 'snapshots.progress', 'snapshots.encrypted', 'snapshots.kmsKeyId'])
    .where('imageDisks.imageId', 'in', imageIds)
    .orderBy('imageDisks.imageId')
    .orderBy('imageDisks.position')
    .execute();
}

/** Existing images that hold the snapshot. */
export async function imagesWithSnapshot(db: Db, snapshotId: string): Promise<string[]> {
  const rows = await db
    .selectFrom('imageDisks')
    .select('imageId')
    .where('snapshotId', '=', snapshotId)
    .orderBy('imageId')
    .execute();
  return rows.map(({ imageId }) => imageId);
}
