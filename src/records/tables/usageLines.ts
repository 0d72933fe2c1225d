import type { MeteredKind } from '../../rules/prices.ts';
import type { Db } from '../database.ts';

/** Something that was used and is counted, whether or not it has a price. */
export interface UsageLineRow {
  id: string;
  accountId: string;
  /** Where a copy went. */
  regionId: string;
  kind: MeteredKind;
  /** The copy. */
  snapshotId: string;
  /** The image that it was copied for. */
  imageId: string | null;
  sourceRegionId: string;
  /** Of the account's own data alone, whatever others have stored. */
  bytes: number;
  startedAt: number;
  /** null: still used. */
  endedAt: number | null;
}

export async function insertUsage(db: Db, rows: readonly UsageLineRow[]): Promise<void> {
  if (rows.length > 0) await db.insertInto('usageLines').values(rows).execute();
}

/** Snapshots that are gone are held no longer. */
export async function endUsage(db: Db, snapshotIds: readonly string[], now: number): Promise<void> {
  await db
    .updateTable('usageLines')
    .set({ endedAt: now })
    .where('snapshotId', 'in', snapshotIds)
    .where('endedAt', 'is', null)
    .execute();
}

/** Newest first. */
export async function listUsage(
  db: Db,
  filter: { accountId: string; regionId: string; imageId?: string | undefined },
  window: { offset: number; size: number },
): Promise<{ rows: UsageLineRow[]; total: number }> {
  const found = db
    .selectFrom('usageLines')
    .where('accountId', '=', filter.accountId)
    .where('regionId', '=', filter.regionId)
    .$if(filter.imageId !== undefined, (query) => query.where('imageId', '=', filter.imageId!));
  const { total } = await found.select((eb) => eb.fn.countAll<number>().as('total')).executeTakeFirstOrThrow();
  const rows = await found
    .selectAll()
    .orderBy('startedAt', 'desc')
    .orderBy('id', 'desc')
    .limit(window.size)
    .offset(window.offset)
    .execute();
  return { rows, total: Number(total) };
}
