import type { DiskRow } from '../../../records/tables/disks.ts';
import { insertSnapshots, snapshotChains, type SnapshotRow } from '../../../records/tables/snapshots.ts';
import { quotas } from '../../../rules/quotas.ts';
import { allows, diskCan } from '../../../rules/states.ts';
import type { Call } from '../../call.ts';

const GIB = 1024 ** 3;

/** Inserts a progressing snapshot for each of the disks, in their order; refuses disks that can have none now. */
export async function newSnapshots(
  call: Call,
  disks: readonly DiskRow[],
  about: Pick<SnapshotRow, 'name' | 'description' | 'retentionDays' | 'resourceGroupId'>,
): Promise<SnapshotRow[]> {
  const ids = disks.map(({ id }) => id);
  const chains = await snapshotChains(call.db, ids);
  const rows = disks.map((disk) => {
    const chain = chains.get(disk.id)!;
    if (!allows(diskCan.createSnapshot, disk.status)) throw call.error('IncorrectDiskStatus');
    if (disk.everAttached === 0) throw call.error('IncorrectDiskStatus.NeverAttached');
    if (chain.progressing > 0) throw call.error('IncorrectDiskStatus.CreatingSnapshot');
    if (chain.manual >= quotas.snapshotsOfDisk) throw call.error('QuotaExceed.Snapshot');
    return snapshotOf(call, disk, chain.snapshotLinkId, about);
  });
  await insertSnapshots(call.db, rows);
  return rows;
}

function snapshotOf(
  call: Call,
  disk: DiskRow,
  snapshotLinkId: string | null,
  about: Pick<SnapshotRow, 'name' | 'description' | 'retentionDays' | 'resourceGroupId'>,
): SnapshotRow {
  const infix = call.region(disk.regionId).idInfix;
  return {
    ...about,
    id: call.ids.resource('s', infix),
    accountId: call.accountId,
    regionId: disk.regionId,
    status: 'progressing',
    progress: 0,
    type: 'user',
    sourceDiskId: disk.id,
    sourceDiskType: disk.type,
    sourceDiskSizeGib: disk.sizeGib,
    sourceDiskCategory: disk.category,
    imageId: disk.type === 'system' ? disk.imageId : null,
    snapshotLinkId: snapshotLinkId ?? call.ids.resource('sl', infix),
    createdAt: call.clock.now(),
    completedAt: null,
    encrypted: disk.encrypted,
    kmsKeyId: disk.kmsKeyId,
    productCode: disk.productCode,
    sourceSnapshotId: null,
    sourceRegionId: null,
    root: null,
    sizeBytes: disk.sizeGib * GIB,
    storedBytes: 0,
  };
}
