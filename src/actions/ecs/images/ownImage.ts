import { findOwnImage, findVisibleImage, type ImageRow } from '../../../records/tables/images.ts';
import type { Call } from '../../call.ts';

/** The caller's image; another account's, public ones included, answers like none. */
export async function ownImage(call: Call, regionId: string, imageId: string): Promise<ImageRow> {
  const row = await findOwnImage(call.db, { accountId: call.accountId, regionId }, imageId);
  if (!row || row.deletedAt !== null) throw imageNotFound(call, imageId);
  return row;
}

/** An image that the caller may make instances from: public, own, or shared with it, in that region. */
export async function visibleImage(call: Call, regionId: string, imageId: string): Promise<ImageRow> {
  const row = await findVisibleImage(call.db, { accountId: call.accountId, regionId }, imageId);
  if (!row) throw imageNotFound(call, imageId);
  return row;
}

const imageNotFound = (call: Call, imageId: string) => call.error('InvalidImageId.NotFound', { values: [imageId] });
