import type { DiskRow } from './tables/disks.ts';
import type { SnapshotRow } from './tables/snapshots.ts';

const GIB = 1024 ** 3;

type About = Pick<SnapshotRow, 'id' | 'snapshotLinkId' | 'type' | 'createdAt'> &
  Pick<SnapshotRow, 'name' | 'description' | 'retentionDays' | 'resourceGroupId' | 'snapshotGroupId'>;

/** A snapshot of the disk that is about to be made. */
export const newSnapshot = (disk: DiskRow, about: About): SnapshotRow => ({
  ...about,
  accountId: disk.accountId,
  regionId: disk.regionId,
  status: 'progressing',
  progress: 0,
  sourceDiskId: disk.id,
  sourceDiskType: disk.type,
  sourceDiskSizeGib: disk.sizeGib,
  sourceDiskCategory: disk.category,
  imageId: disk.type === 'system' ? disk.imageId : null,
  completedAt: null,
  encrypted: disk.encrypted,
  kmsKeyId: disk.kmsKeyId,
  productCode: disk.productCode,
  sourceSnapshotId: null,
  sourceRegionId: null,
  root: null,
  sizeBytes: disk.sizeGib * GIB,
  storedBytes: 0,
});

type Copy = Pick<SnapshotRow, 'id' | 'regionId' | 'name' | 'description' | 'retentionDays' | 'resourceGroupId'> &
  Pick<SnapshotRow, 'createdAt'>;

/** A copy in another region. It rolls back no disk, and belongs to no disk's chain. */
export const newSnapshotCopy = (source: SnapshotRow, about: Copy): SnapshotRow => ({
  ...source,
  ...about,
  status: 'progressing',
  progress: 0,
  type: 'user',
  sourceDiskId: null,
  snapshotLinkId: null,
  snapshotGroupId: null,
  completedAt: null,
  sourceSnapshotId: source.id,
  sourceRegionId: source.regionId,
  root: null,
  storedBytes: 0,
});

type Imported = Pick<SnapshotRow, 'id' | 'accountId' | 'regionId' | 'description' | 'imageId' | 'createdAt'>;

/** What a file is about to be read into: a system disk of no disk here. */
export const newImportedSnapshot = (about: Imported & { sizeGib: number }): SnapshotRow => {
  const { sizeGib, ...given } = about;
  return {
    ...given,
    name: '',
    status: 'progressing',
    progress: 0,
    type: 'user',
    sourceDiskId: null,
    sourceDiskType: 'system',
    sourceDiskSizeGib: sizeGib,
    sourceDiskCategory: null,
    snapshotLinkId: null,
    snapshotGroupId: null,
    retentionDays: null,
    completedAt: null,
    encrypted: 0,
    kmsKeyId: null,
    productCode: null,
    sourceSnapshotId: null,
    sourceRegionId: null,
    resourceGroupId: '',
    root: null,
    sizeBytes: 0,
    storedBytes: 0,
  };
};
