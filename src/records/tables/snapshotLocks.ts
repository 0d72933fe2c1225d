import type { Db } from '../database.ts';

/** A snapshot that nobody may delete for some time (compliance mode, the only one that the API has). */
export interface SnapshotLockRow {
  snapshotId: string;
  /** From `createdAt` on, or from the snapshot's completion when that is later. */
  lockDays: number;
  /** So long, from the same moment on, the lock can be taken off or changed. */
  coolOffHours: number;
  createdAt: number;
}

export async function findLock(db: Db, snapshotId: string): Promise<SnapshotLockRow | undefined> {
  return db.selectFrom('snapshotLocks').selectAll().where('snapshotId', '=', snapshotId).executeTakeFirst();
}

export async function putLock(db: Db, row: SnapshotLockRow): Promise<void> {
  await db
    .insertInto('snapshotLocks')
    .values(row)
    .onConflict((conflict) => conflict.column('snapshotId').doUpdateSet(row))
    .execute();
}

export async function deleteLock(db: Db, snapshotId: string): Promise<void> {
  await db.deleteFrom('snapshotLocks').where('snapshotId', '=', snapshotId).execute();
}

/** Locks of an account's snapshots in a region, the newest first, with what their times depend on. */
export async function listLocks(
  db: Db,
  { accountId, regionId, ids }: { accountId: string; regionId: string; ids?: readonly string[] | undefined },
): Promise<(SnapshotLockRow & { id: string; completedAt: number | null })[]> {
  return db
    .selectFrom('snapshotLocks')
    .innerJoin('snapshots', 'snapshots.id', 'snapshotLocks.snapshotId')
    .selectAll('snapshotLocks')
    .select(['snapshots.id', 'snapshots.completedAt'])
    .where('snapshots.accountId', '=', accountId)
    .where('snapshots.regionId', '=', regionId)
    .$if(ids !== undefined, (q) => q.where('snapshots.id', 'in', ids!))
    .orderBy('snapshotLocks.createdAt', 'desc')
    .orderBy('snapshots.id', 'desc')
    .execute();
}
