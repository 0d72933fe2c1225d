import type { ExpressionBuilder } from 'kysely';
import { DAY_MS } from '../rules/times.ts';
import type { Db } from './database.ts';
import type { Schema } from './schema.ts';
import { removeSnapshots } from './tables/snapshots.ts';

/** What the service may delete of itself: complete, behind no image, and not locked. */
const isFree = (eb: ExpressionBuilder<Schema, 'snapshots'>, now: number) =>
  eb.and([
    eb('status', '!=', 'progressing'),
    eb.not(
      eb.exists(eb.selectFrom('imageDisks').select('imageId').whereRef('imageDisks.snapshotId', '=', 'snapshots.id')),
    ),
    eb.not(
      eb.exists(
        eb
          .selectFrom('snapshotLocks')
          .select('snapshotId')
          .whereRef('snapshotLocks.snapshotId', '=', 'snapshots.id')
          .where((lock) => {
            const lasts = lock('lockDays', '*', DAY_MS);
            return lock.or([
              lock(lock('snapshotLocks.createdAt', '+', lasts), '>', now),
              lock(lock('snapshots.completedAt', '+', lasts), '>', now),
            ]);
          }),
      ),
    ),
  ]);

export async function isSnapshotFree(db: Db, id: string, now: number): Promise<boolean> {
  const row = await db
    .selectFrom('snapshots')
    .select('id')
    .where('id', '=', id)
    .where((eb) => isFree(eb, now))
    .executeTakeFirst();
  return row !== undefined;
}

/** Deletes a disk's automatic snapshots, the oldest first and `atMost` so many, but for those that have to stay. */
export async function removeAutoSnapshots(
  db: Db,
  diskId: string,
  now: number,
  atMost = Number.MAX_SAFE_INTEGER,
): Promise<void> {
  const rows = await db
    .selectFrom('snapshots')
    .select('id')
    .where('sourceDiskId', '=', diskId)
    .where('type', '=', 'auto')
    .where((eb) => isFree(eb, now))
    .orderBy('createdAt')
    .orderBy('id')
    .limit(atMost)
    .execute();
  await removeSnapshots(
    db,
    rows.map(({ id }) => id),
    now,
  );
}
