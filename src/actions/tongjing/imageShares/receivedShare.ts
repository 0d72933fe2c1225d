import { findShare, type ImageShareRow } from '../../../records/tables/imageShares.ts';
import { findImageForLineage } from '../../../records/tables/images.ts';
import type { Call } from '../../call.ts';

/** A share with the caller, of an image of the region. What is not shared with it answers like none. */
export async function receivedShare(
  call: Call,
  { regionId, imageId }: { regionId?: string; imageId: string },
): Promise<ImageShareRow> {
  const place = call.region(regionId);
  const share = await findShare(call.db, imageId, call.accountId, call.clock.now());
  const image = share && (await findImageForLineage(call.db, imageId));
  if (!share || image?.regionId !== place.regionId) throw call.error('InvalidImageId.NotFound', { values: [imageId] });
  return share;
}
