import type { StoredDisk } from '../../disks/transfers.ts';
import type { VolumeSpec } from '../../disks/volumes.ts';
import type { ContentKey, Keys } from '../../keys/keys.ts';
import type { Db, Tx } from '../../records/database.ts';
import { deleteDisk, type DiskRow } from '../../records/tables/disks.ts';
import { deleteTags } from '../../records/tables/tags.ts';

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

/** Disks that never came to be. */
export async function deleteDisks(tx: Tx, disks: readonly DiskRow[]): Promise<void> {
  for (const { id } of disks) await deleteDisk(tx, id);
  await deleteTags(
    tx,
    'disk',
    disks.map(({ id }) => id),
  );
}
