import type { ExpressionBuilder } from 'kysely';
import type { Db } from '../database.ts';
import type { Flag, Schema } from '../schema.ts';

export interface ImageShareRow {
  imageId: string;
  /** Receiver. */
  accountId: string;
  sharedAt: number;
  /** Offered to one who wants to accept first: not there for it until then. */
  isPending: Flag;
  /** The owner's words to the receiver. */
  note: string;
  /** From then on it is withdrawn; null: never. */
  endsAt: number | null;
}

/** What is no longer there for anybody, though the row may still be. */
export const hasNotEnded = (eb: ExpressionBuilder<Schema, 'imageShares'>, now: number) =>
  eb.or([eb('endsAt', 'is', null), eb('endsAt', '>', now)]);

const lasting = (db: Db, now: number) => db.selectFrom('imageShares').where((eb) => hasNotEnded(eb, now));

/**
 * What to ask about shares with as the moment: `now` while there are rows of shares that have ended, else 0, to which none has. So the same
 * question is asked as long as no share ends, and can be answered from memory.
 */
export async function shareMoment(db: Db, now: number): Promise<number> {
  const { first } = await db
    .selectFrom('imageShares')
    .select((eb) => eb.fn.min<number | null>('endsAt').as('first'))
    .executeTakeFirstOrThrow();
  return first === null || Number(first) > now ? 0 : now;
}

/** Receivers of an image, in the order in which it was shared with them. */
export async function sharesOf(
  db: Db,
  imageId: string,
  now: number,
  window?: { offset: number; size: number },
): Promise<ImageShareRow[]> {
  let query = lasting(db, now).selectAll().where('imageId', '=', imageId).orderBy('sharedAt').orderBy('accountId');
  if (window) query = query.limit(window.size).offset(window.offset);
  return query.execute();
}

export async function findShare(
  db: Db,
  imageId: string,
  accountId: string,
  now: number,
): Promise<ImageShareRow | undefined> {
  return lasting(db, now)
    .selectAll()
    .where('imageId', '=', imageId)
    .where('accountId', '=', accountId)
    .executeTakeFirst();
}

export async function countShares(db: Db, imageId: string, now: number): Promise<number> {
  const { count } = await lasting(db, now)
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('imageId', '=', imageId)
    .executeTakeFirstOrThrow();
  return Number(count);
}

/** Images that others share with the account, in all regions; those that wait to be accepted count too. */
export async function countReceived(db: Db, accountId: string, now: number): Promise<number> {
  const { count } = await lasting(db, now)
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('accountId', '=', accountId)
    .executeTakeFirstOrThrow();
  return Number(count);
}

/** A share with what its receiver may know of the image before it accepts. */
export type ReceivedShare = ImageShareRow & { regionId: string; imageName: string; ownerId: string };

/** A page of what others share with the account, in all regions, the newest first, and how many there are. */
export async function listReceived(
  db: Db,
  { accountId, isPending, now }: { accountId: string; isPending?: Flag | undefined; now: number },
  window: { offset: number; size: number },
): Promise<{ rows: ReceivedShare[]; total: number }> {
  let query = db
    .selectFrom('imageShares')
    .innerJoin('images', 'images.id', 'imageShares.imageId')
    .where('imageShares.accountId', '=', accountId)
    .where((eb) => eb.or([eb('endsAt', 'is', null), eb('endsAt', '>', now)]));
  if (isPending !== undefined) query = query.where('isPending', '=', isPending);
  const { total } = await query.select((eb) => eb.fn.countAll<number>().as('total')).executeTakeFirstOrThrow();
  const rows = await query
    .selectAll('imageShares')
    .select(['images.regionId', 'images.name as imageName', 'images.accountId as ownerId'])
    .orderBy('sharedAt', 'desc')
    .orderBy('imageId')
    .limit(window.size)
    .offset(window.offset)
    .execute();
  return { rows, total: Number(total) };
}

/** In place of one that has ended. */
export async function addShare(db: Db, share: ImageShareRow): Promise<void> {
  await db
    .insertInto('imageShares')
    .values(share)
    .onConflict((conflict) => conflict.columns(['imageId', 'accountId']).doUpdateSet(share))
    .execute();
}

export async function changeShare(
  db: Db,
  { imageId, accountId }: Pick<ImageShareRow, 'imageId' | 'accountId'>,
  change: Partial<Pick<ImageShareRow, 'isPending' | 'note' | 'endsAt'>>,
): Promise<void> {
  await db
    .updateTable('imageShares')
    .set(change)
    .where('imageId', '=', imageId)
    .where('accountId', '=', accountId)
    .execute();
}

/** Those not shared with are passed over. */
export async function removeShares(db: Db, imageId: string, accountIds: readonly string[]): Promise<void> {
  if (accountIds.length === 0) return;
  await db.deleteFrom('imageShares').where('imageId', '=', imageId).where('accountId', 'in', accountIds).execute();
}

/** Takes away a share that has ended. */
export async function removeEndedShare(
  db: Db,
  { imageId, accountId }: Pick<ImageShareRow, 'imageId' | 'accountId'>,
  now: number,
): Promise<void> {
  await db
    .deleteFrom('imageShares')
    .where('imageId', '=', imageId)
    .where('accountId', '=', accountId)
    .where('endsAt', '<=', now)
    .execute();
}
