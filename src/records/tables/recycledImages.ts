import type { Db } from '../database.ts';
import { removeImage, type ImageRow, type Place } from './images.ts';
import { setTags, tagsOfResources, type TagRow } from './tags.ts';

/** A deleted image that can still be restored: its disks stay, so that its snapshots can't be deleted meanwhile. */
export interface RecycledImageRow {
  imageId: string;
  recycledAt: number;
  /** From then on it is gone. */
  purgesAt: number;
  /** Its tags, JSON: they come back with it. */
  tags: string;
}

type Tag = Pick<TagRow, 'key' | 'value'>;
/** An image with when it was, and will be, deleted. */
export type Recycled = ImageRow & Pick<RecycledImageRow, 'recycledAt' | 'purgesAt' | 'tags'>;

const recycled = (db: Db, { accountId, regionId }: Place) =>
  db
    .selectFrom('recycledImages')
    .innerJoin('images', 'images.id', 'recycledImages.imageId')
    .where('images.accountId', '=', accountId)
    .where('images.regionId', '=', regionId);

/** A page of the account's, the newest first, and how many there are. */
export async function listRecycled(
  db: Db,
  { now, ...place }: Place & { now: number },
  window: { offset: number; size: number },
): Promise<{ rows: Recycled[]; total: number }> {
  const kept = recycled(db, place).where('purgesAt', '>', now);
  const { total } = await kept.select((eb) => eb.fn.countAll<number>().as('total')).executeTakeFirstOrThrow();
  const rows = await kept
    .selectAll('images')
    .select(['recycledAt', 'purgesAt', 'recycledImages.tags'])
    .orderBy('recycledAt', 'desc')
    .orderBy('images.id', 'desc')
    .limit(window.size)
    .offset(window.offset)
    .execute();
  return { rows, total: Number(total) };
}

/** The account's image, if it can still be restored. */
export async function findRecycled(
  db: Db,
  { now, ...place }: Place & { now: number },
  id: string,
): Promise<Recycled | undefined> {
  return recycled(db, place)
    .where('images.id', '=', id)
    .where('purgesAt', '>', now)
    .selectAll('images')
    .select(['recycledAt', 'purgesAt', 'recycledImages.tags'])
    .executeTakeFirst();
}

/** Ends an image for everybody, but keeps what restores it. */
export async function recycleImage(db: Db, image: ImageRow, now: number, purgesAt: number): Promise<void> {
  const tags = await tagsOfResources(db, 'image', [image.id], image);
  const kept: Tag[] = tags.map(({ key, value }) => ({ key, value }));
  await removeImage(db, image.id, now, { keepDisks: true });
  await db
    .insertInto('recycledImages')
    .values({ imageId: image.id, recycledAt: now, purgesAt, tags: JSON.stringify(kept) })
    .execute();
}

/** As it was, but shared with nobody. */
export async function restoreImage(db: Db, image: Recycled): Promise<void> {
  const { id, accountId, regionId } = image;
  await db.updateTable('images').set({ deletedAt: null }).where('id', '=', id).execute();
  await db.deleteFrom('recycledImages').where('imageId', '=', id).execute();
  const tagged = { accountId, regionId, resourceType: 'image', resourceId: id };
  await setTags(db, tagged, JSON.parse(image.tags) as Tag[]);
}

/** The end of one in the bin, if its days are over by `dueBy`: its snapshots stay, and can be deleted now. */
export async function purgeImage(db: Db, imageId: string, { dueBy = Number.MAX_SAFE_INTEGER } = {}): Promise<void> {
  const gone = await db
    .deleteFrom('recycledImages')
    .where('imageId', '=', imageId)
    .where('purgesAt', '<=', dueBy)
    .returning('imageId')
    .execute();
  if (gone.length > 0) await db.deleteFrom('imageDisks').where('imageId', '=', imageId).execute();
}
