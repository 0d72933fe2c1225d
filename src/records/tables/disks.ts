import { sql } from 'kysely';
import { CATALOGUE_ACCOUNT } from '../../rules/catalogue.ts';
import type { DiskStatus } from '../../rules/states.ts';
import type { Db } from '../database.ts';
import type { Flag } from '../schema.ts';
import { inWindow, type ListWindow } from '../window.ts';
import type { idsWithTags } from './tags.ts';

/** The id of no snapshot, where there was one. */
export const FORGOTTEN = '';

export interface DiskRow {
  id: string;
  accountId: string;
  regionId: string;
  zoneId: string;
  name: string;
  description: string;
  type: 'system' | 'data';
  category: string;
  performanceLevel: string | null;
  sizeGib: number;
  status: DiskStatus;
  instanceId: string | null;
  /** `/dev/xvda` … as the API names it. */
  device: string | null;
  imageId: string | null;
  /** `FORGOTTEN`: one of another account, by way of an image, that is deleted. */
  sourceSnapshotId: string | null;
  deleteWithInstance: Flag;
  deleteAutoSnapshot: Flag;
  enableAutoSnapshot: Flag;
  portable: Flag;
  encrypted: Flag;
  kmsKeyId: string | null;
  chargeType: 'PostPaid' | 'PrePaid';
  productCode: string | null;
  serialNumber: string;
  autoSnapshotPolicyId: string | null;
  resourceGroupId: string;
  /** Has been attached to an instance at least once. */
  everAttached: Flag;
  createdAt: number;
  attachedAt: number | null;
  detachedAt: number | null;
  /** An offline resize that takes effect when the instance next starts. */
  pendingSizeGib: number | null;
  /** Names the volume on disk: a new one for each new content (re-initialised, replaced, rolled back). */
  volumeId: string;
  /** What the volume began from: a map root (hex), null for an empty disk. A root for garbage collection. */
  baseRoot: string | null;
  /** KMS key that `baseRoot` is encrypted under, null: none. When the disk's own is another, the job that makes the volume encrypts the base anew. */
  baseKmsKeyId: string | null;
  /** 1: it begins from the disk of a public image, which the job that makes its volume brings from where that is kept. */
  baseIsAway: Flag;
  /** Map root of the newest snapshot of this content; snapshots are incremental to it. A root for garbage collection. */
  lastRoot: string | null;
}

/** What a row must match; absent ones match anything. */
export interface DiskFilter {
  accountId: string;
  regionId: string;
  ids?: readonly string[] | undefined;
  /** As SQL LIKE, with `\` as escape. */
  nameLike?: string | undefined;
  zoneId?: string | undefined;
  instanceId?: string | undefined;
  type?: DiskRow['type'] | undefined;
  category?: string | undefined;
  status?: DiskStatus | undefined;
  sourceSnapshotId?: string | undefined;
  autoSnapshotPolicyId?: string | undefined;
  hasAutoSnapshotPolicy?: boolean | undefined;
  chargeType?: DiskRow['chargeType'] | undefined;
  portable?: boolean | undefined;
  encrypted?: boolean | undefined;
  kmsKeyId?: string | undefined;
  deleteWithInstance?: boolean | undefined;
  deleteAutoSnapshot?: boolean | undefined;
  enableAutoSnapshot?: boolean | undefined;
  resourceGroupId?: string | undefined;
  /** Milliseconds, ends included. */
  createdFrom?: number | undefined;
  createdTo?: number | undefined;
  tagged?: ReturnType<typeof idsWithTags> | null;
}

export type DiskBase = Pick<DiskRow, 'baseRoot' | 'baseKmsKeyId' | 'baseIsAway'>;

/** What a new disk begins from: the content of a snapshot, or nothing. */
export const diskBase = (
  from: { accountId: string; root: string | null; kmsKeyId: string | null } | null | undefined,
): DiskBase => {
  if (from?.accountId === CATALOGUE_ACCOUNT) return { baseRoot: null, baseKmsKeyId: null, baseIsAway: 1 };
  return { baseRoot: from?.root ?? null, baseKmsKeyId: from?.kmsKeyId ?? null, baseIsAway: 0 };
};

/** A disk of the account, in any region. */
export async function findDisk(db: Db, accountId: string, id: string): Promise<DiskRow | undefined> {
  return db.selectFrom('disks').selectAll().where('id', '=', id).where('accountId', '=', accountId).executeTakeFirst();
}

/** Those of the account that exist, in no order. */
export async function findDisks(db: Db, accountId: string, ids: readonly string[]): Promise<DiskRow[]> {
  if (ids.length === 0) return [];
  return db.selectFrom('disks').selectAll().where('accountId', '=', accountId).where('id', 'in', ids).execute();
}

/** System disk first, then by device. */
export async function disksOfInstance(db: Db, instanceId: string): Promise<DiskRow[]> {
  return db.selectFrom('disks').selectAll().where('instanceId', '=', instanceId).orderBy('device').execute();
}

/** A window of the matching disks, newest first, and how many there are in all. */
export async function listDisks(
  db: Db,
  filter: DiskFilter,
  window: ListWindow,
): Promise<{ rows: DiskRow[]; total: number }> {
  const flag = (value: boolean | undefined): Flag => (value ? 1 : 0);
  let query = db
    .selectFrom('disks')
    .where('accountId', '=', filter.accountId)
    .where('regionId', '=', filter.regionId)
    .$if(filter.ids !== undefined, (q) => q.where('id', 'in', filter.ids!))
    .$if(filter.nameLike !== undefined, (q) => q.where(sql<boolean>`name like ${filter.nameLike} escape '\\'`))
    .$if(filter.zoneId !== undefined, (q) => q.where('zoneId', '=', filter.zoneId!))
    .$if(filter.instanceId !== undefined, (q) => q.where('instanceId', '=', filter.instanceId!))
    .$if(filter.type !== undefined, (q) => q.where('type', '=', filter.type!))
    .$if(filter.category !== undefined, (q) => q.where('category', '=', filter.category!))
    .$if(filter.status !== undefined, (q) => q.where('status', '=', filter.status!))
    .$if(filter.sourceSnapshotId !== undefined, (q) => q.where('sourceSnapshotId', '=', filter.sourceSnapshotId!))
    .$if(filter.autoSnapshotPolicyId !== undefined, (q) =>
      q.where('autoSnapshotPolicyId', '=', filter.autoSnapshotPolicyId!),
    )
    .$if(filter.hasAutoSnapshotPolicy === true, (q) => q.where('autoSnapshotPolicyId', 'is not', null))
    .$if(filter.hasAutoSnapshotPolicy === false, (q) => q.where('autoSnapshotPolicyId', 'is', null))
    .$if(filter.chargeType !== undefined, (q) => q.where('chargeType', '=', filter.chargeType!))
    .$if(filter.portable !== undefined, (q) => q.where('portable', '=', flag(filter.portable)))
    .$if(filter.encrypted !== undefined, (q) => q.where('encrypted', '=', flag(filter.encrypted)))
    .$if(filter.kmsKeyId !== undefined, (q) => q.where('kmsKeyId', '=', filter.kmsKeyId!))
    .$if(filter.deleteWithInstance !== undefined, (q) =>
      q.where('deleteWithInstance', '=', flag(filter.deleteWithInstance)),
    )
    .$if(filter.deleteAutoSnapshot !== undefined, (q) =>
      q.where('deleteAutoSnapshot', '=', flag(filter.deleteAutoSnapshot)),
    )
    .$if(filter.enableAutoSnapshot !== undefined, (q) =>
      q.where('enableAutoSnapshot', '=', flag(filter.enableAutoSnapshot)),
    )
    .$if(filter.resourceGroupId !== undefined, (q) => q.where('resourceGroupId', '=', filter.resourceGroupId!))
    .$if(filter.createdFrom !== undefined, (q) => q.where('createdAt', '>=', filter.createdFrom!))
    .$if(filter.createdTo !== undefined, (q) => q.where('createdAt', '<=', filter.createdTo!));
  if (filter.tagged) query = query.where('id', 'in', filter.tagged);
  return inWindow(query, window);
}

export async function insertDisks(db: Db, rows: readonly DiskRow[]): Promise<void> {
  if (rows.length > 0) await db.insertInto('disks').values(rows).execute();
}

export async function updateDisk(db: Db, id: string, change: Partial<Omit<DiskRow, 'id'>>): Promise<void> {
  await db.updateTable('disks').set(change).where('id', '=', id).execute();
}

/** The row alone: its volume is freed by a `deleteVolumes` job. */
export async function deleteDisk(db: Db, id: string): Promise<void> {
  await db.deleteFrom('disks').where('id', '=', id).execute();
}

/** Whether a snapshot of one of the disks is being made. */
export async function hasSnapshotInProgress(db: Db, diskIds: readonly string[]): Promise<boolean> {
  if (diskIds.length === 0) return false;
  const row = await db
    .selectFrom('snapshots')
    .select('id')
    .where('sourceDiskId', 'in', diskIds)
    .where('status', '=', 'progressing')
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** Those of the snapshots that are another account's. */
export async function foreignSnapshots(db: Db, accountId: string, ids: readonly string[]): Promise<Set<string>> {
  if (ids.length === 0) return new Set();
  const rows = await db
    .selectFrom('snapshots')
    .select('id')
    .where('id', 'in', ids)
    .where('accountId', '!=', accountId)
    .execute();
  return new Set(rows.map(({ id }) => id));
}

/** The snapshot that a disk was made from, whosever it is; undefined once it is deleted. */
export async function sourceSnapshot(
  db: Db,
  id: string,
): Promise<{ id: string; accountId: string; root: string | null; kmsKeyId: string | null } | undefined> {
  return db
    .selectFrom('snapshots')
    .select(['id', 'accountId', 'root', 'kmsKeyId'])
    .where('id', '=', id)
    .executeTakeFirst();
}
