import type { Clock } from '../../base/clock.ts';
import type { Ids } from '../../base/ids.ts';
import type { StoredDisk } from '../../disks/transfers.ts';
import type { VolumeSpec } from '../../disks/volumes.ts';
import type { ContentKey, Keys } from '../../keys/keys.ts';
import type { Db, Tx } from '../../records/database.ts';
import { deleteDisk, type DiskRow } from '../../records/tables/disks.ts';
import type { SnapshotRow } from '../../records/tables/snapshots.ts';
import { deleteTags } from '../../records/tables/tags.ts';
import { insertUsage } from '../../records/tables/usageLines.ts';

export const GIB = 1024 ** 3;

export const volumeOf = (disk: DiskRow): VolumeSpec => ({
  volumeId: disk.volumeId,
  regionId: disk.regionId,
  sizeBytes: disk.sizeGib * GIB,
  baseRoot: disk.baseRoot,
  keyId: disk.kmsKeyId,
});

/** Null: it is not encrypted. */
export const openKey = (keys: Keys, keyId: string | null): Promise<ContentKey | null> =>
  keyId === null ? Promise.resolve(null) : keys.open(keyId);

export function findDisks(db: Db, ids: readonly string[]): Promise<DiskRow[]> {
  if (ids.length === 0) return Promise.resolve([]);
  return db.selectFrom('disks').selectAll().where('id', 'in', ids).execute();
}

/** Disks are worked on under their own ids and their volumes', since a volume outlives its disk's row by the job that frees it. */
export async function diskResources(db: Db, ids: readonly string[]): Promise<string[]> {
  const disks = await findDisks(db, ids);
  return [...ids, ...disks.map((disk) => disk.volumeId)];
}

/** The image's turn has come. */
export async function startImage(tx: Tx, id: string): Promise<void> {
  await tx
    .updateTable('images')
    .set({ status: 'Creating' })
    .where('id', '=', id)
    .where('status', '=', 'Waiting')
    .execute();
}

export async function makeImageAvailable(tx: Tx, id: string): Promise<void> {
  await tx
    .updateTable('images')
    .set({ status: 'Available', progress: 100 })
    .where('id', '=', id)
    .where('status', 'in', ['Waiting', 'Creating'])
    .execute();
}

export async function failImage(tx: Tx, id: string): Promise<void> {
  await tx
    .updateTable('images')
    .set({ status: 'CreateFailed' })
    .where('id', '=', id)
    .where('status', 'in', ['Waiting', 'Creating'])
    .execute();
}

export async function failSnapshots(tx: Tx, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  await tx
    .updateTable('snapshots')
    .set({ status: 'failed' })
    .where('id', 'in', ids)
    .where('status', '=', 'progressing')
    .execute();
}

/** progressing → accomplished, with what was stored. */
export async function accomplishSnapshot(
  tx: Tx,
  id: string,
  { root, sizeBytes, storedBytes }: StoredDisk,
  completedAt: number,
): Promise<void> {
  await tx
    .updateTable('snapshots')
    .set({ root, sizeBytes, storedBytes, completedAt, status: 'accomplished', progress: 100 })
    .where('id', '=', id)
    .execute();
}

/** A copied snapshot is counted twice: what travelled to another region, and what is held there from now on. */
export async function meterCopy(
  tx: Tx,
  { clock, ids }: { clock: Clock; ids: Ids },
  copied: { target: SnapshotRow; sourceRegionId: string; imageId: string | null; bytes: number },
): Promise<void> {
  const { target, sourceRegionId, imageId, bytes } = copied;
  const { accountId, regionId, id: snapshotId } = target;
  const startedAt = clock.now();
  const line = { accountId, regionId, snapshotId, imageId, sourceRegionId, bytes, startedAt };
  const traffic = { ...line, id: ids.text(20), kind: 'CopyTraffic', endedAt: startedAt } as const;
  const capacity = { ...line, id: ids.text(20), kind: 'SnapshotCapacity', endedAt: null } as const;
  await insertUsage(tx, sourceRegionId === regionId ? [capacity] : [traffic, capacity]);
}

/** Disks that never came to be. */
export async function deleteDisks(tx: Tx, disks: readonly DiskRow[]): Promise<void> {
  for (const { id } of disks) await deleteDisk(tx, id);
  await deleteTags(
    tx,
    'disk',
    disks.map(({ id }) => id),
  );
}
