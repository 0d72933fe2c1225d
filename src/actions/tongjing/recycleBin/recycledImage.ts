import { findRecycled, type Recycled } from '../../../records/tables/recycledImages.ts';
import type { Call } from '../../call.ts';

/** The caller's image in the recycle bin; any other answers like none. */
export async function recycledImage(call: Call, request: { regionId?: string; imageId: string }): Promise<Recycled> {
  const { regionId } = call.region(request.regionId);
  const view = { accountId: call.accountId, regionId, now: call.clock.now() };
  const image = await findRecycled(call.db, view, request.imageId);
  if (!image) throw call.error('InvalidImageId.NotFound', { values: [request.imageId] });
  return image;
}
