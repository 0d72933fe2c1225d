import { shareMoment } from '../records/tables/imageShares.ts';
import type { View } from '../records/tables/images.ts';
import type { Call } from './call.ts';

/** The images of a region, as the caller sees them now. */
export const viewOf = async (call: Call, regionId: string): Promise<View> => ({
  accountId: call.accountId,
  regionId,
  now: await shareMoment(call.db, call.clock.now()),
});
