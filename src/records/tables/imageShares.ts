import type { Db } from '../database.ts';

export interface ImageShareRow {
  imageId: string;
  /** Receiver. */
  accountId: string;
  sharedAt: number;
}

/** Receivers of an image, in the order in which it was shared with them. */
export async function sharesOf(
  db: Db,
  imageId: string,
  window?: { offset: number; size: number },
): Promise<ImageShareRow[]> {
  let query = db
    .selectFrom('imageShares')
    .selectAll()
    .where('imageId', '=', imageId)
    .orderBy('sharedAt')
    .orderBy('accountId');
  if (window) query = query.limit(window.size).offset(window.offset);
  return query.execute();
}

export async function countShares(db: Db, imageId: string): Promise<number> {
  const { count } = await db
    .selectFrom('imageShares')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('imageId', '=', imageId)
    .executeTakeFirstOrThrow();
  return Number(count);
}

/** Images that others share with the account, in all regions. */
export async function countReceived(db: Db, accountId: string): Promise<number> {
  const { count } = await db
    .selectFrom('imageShares')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('accountId', '=', accountId)
    .executeTakeFirstOrThrow();
  return Number(count);
}

export async function addShare(db: Db, share: ImageShareRow): Promise<void> {
  await db.insertInto('imageShares').values(share).execute();
}

/** Those not shared with are passed over. */
export async function removeShares(db: Db, imageId: string, accountIds: readonly string[]): Promise<void> {
  if (accountIds.length === 0) return;
  await db.deleteFrom('imageShares').where('imageId', '=', imageId).where('accountId', 'in', accountIds).execute();
}
