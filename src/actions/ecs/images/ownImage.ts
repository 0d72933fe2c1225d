import type { ApiError } from '../../../contract/errors.ts';
import { findShare } from '../../../records/tables/imageShares.ts';
import { findOwnImage, findVisibleImage, isOffered, type ImageRow, type View } from '../../../records/tables/images.ts';
import type { Call } from '../../call.ts';
import { viewOf } from '../../view.ts';

/** The caller's image; another account's, public ones included, answers like none. */
export async function ownImage(call: Call, regionId: string, imageId: string): Promise<ImageRow> {
  const row = await findOwnImage(call.db, { accountId: call.accountId, regionId }, imageId);
  if (!row || row.deletedAt !== null) throw imageNotFound(call, imageId);
  return row;
}

/** An image that the caller may make instances from: public, own, or shared with it, in that region. */
export async function visibleImage(call: Call, regionId: string, imageId: string): Promise<ImageRow> {
  const view = await viewOf(call, regionId);
  const row = await findVisibleImage(call.db, view, imageId);
  if (!row) throw await imageNotVisible(call, view, imageId);
  return row;
}

/** What is there, but not for the caller, answers like none: only that the caller itself keeps it away is told it. */
async function imageNotVisible(call: Call, view: View, imageId: string): Promise<ApiError> {
  const hint = (await isOffered(call.db, view, imageId)) ? await whyKeptAway(call, view, imageId) : undefined;
  return call.error('InvalidImageId.NotFound', { values: [imageId], ...(hint !== undefined && { hint }) });
}

async function whyKeptAway(call: Call, { accountId, now }: View, imageId: string): Promise<string> {
  const share = await findShare(call.db, imageId, accountId, now);
  return share?.isPending
    ? 'It is offered to you: AcceptImageShare makes it usable.'
    : 'Your AllowedPublishers leave its publisher out: ModifyAccountImageSettings.';
}

const imageNotFound = (call: Call, imageId: string) => call.error('InvalidImageId.NotFound', { values: [imageId] });
