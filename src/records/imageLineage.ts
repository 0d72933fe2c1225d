import type { Db } from './database.ts';
import { findOwnImage, findVisibleImage, type ImageRow, type View } from './tables/images.ts';

/**
 * What an image was made from, and what was made from it. That an image was made from another is a fact about the one that was made, and
 * known to its owner alone: nobody is led through images of others, and of those only what the account sees anyway is named.
 */

/** How far it is followed. */
export const MOST = { ancestors: 100, descendants: 1000 } as const;

/** In the view's region: the account's own, deleted ones included, or one that it sees. */
export const findKnownImage = async (db: Db, view: View, id: string): Promise<ImageRow | undefined> =>
  (await findOwnImage(db, view, id)) ?? findVisibleImage(db, view, id);

/** From the nearest on. */
export async function ancestorsOf(db: Db, view: View, image: ImageRow): Promise<ImageRow[]> {
  const found: ImageRow[] = [];
  for (let child = image; found.length < MOST.ancestors;) {
    if (child.accountId !== view.accountId || child.sourceImageId === null) break;
    const regionId = child.sourceRegionId ?? child.regionId;
    const parent = await findKnownImage(db, { ...view, regionId }, child.sourceImageId);
    if (!parent) break;
    found.push(parent);
    child = parent;
  }
  return found;
}

/** The account's own, in all regions, deleted ones included: the nearest first. One more than `MOST` when there are more. */
export async function descendantsOf(db: Db, { accountId }: View, image: ImageRow): Promise<ImageRow[]> {
  const found: ImageRow[] = [];
  for (let parents = [image.id]; parents.length > 0;) {
    const children = await db
      .selectFrom('images')
      .selectAll()
      .where('sourceImageId', 'in', parents)
      .where('accountId', '=', accountId)
      .orderBy('createdAt')
      .orderBy('id')
      .limit(MOST.descendants + 1 - found.length)
      .execute();
    found.push(...children);
    if (found.length > MOST.descendants) break;
    parents = children.map(({ id }) => id);
  }
  return found;
}
