import type { Db } from '../database.ts';
import type { ImageRow, Place } from './images.ts';

/** An image that nobody deletes before the protection is taken off. */
export interface ProtectedImageRow {
  imageId: string;
}

export async function isImageProtected(db: Db, imageId: string): Promise<boolean> {
  const row = await db.selectFrom('protectedImages').selectAll().where('imageId', '=', imageId).executeTakeFirst();
  return row !== undefined;
}

export async function protectImage(db: Db, imageId: string): Promise<void> {
  await db
    .insertInto('protectedImages')
    .values({ imageId })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

export async function unprotectImage(db: Db, imageId: string): Promise<void> {
  await db.deleteFrom('protectedImages').where('imageId', '=', imageId).execute();
}

/** A page of the account's images that are protected, and how many there are. */
export async function listProtected(
  db: Db,
  { accountId, regionId }: Place,
  window: { offset: number; size: number },
): Promise<{ rows: Pick<ImageRow, 'id' | 'name'>[]; total: number }> {
  const query = db
    .selectFrom('protectedImages')
    .innerJoin('images', 'images.id', 'protectedImages.imageId')
    .where('images.accountId', '=', accountId)
    .where('images.regionId', '=', regionId);
  const { total } = await query.select((eb) => eb.fn.countAll<number>().as('total')).executeTakeFirstOrThrow();
  const rows = await query
    .select(['images.id', 'images.name'])
    .orderBy('images.id')
    .limit(window.size)
    .offset(window.offset)
    .execute();
  return { rows, total: Number(total) };
}
