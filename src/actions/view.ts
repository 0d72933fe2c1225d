import { shareMoment } from '../records/tables/imageShares.ts';
import type { View } from '../records/tables/images.ts';
import type { Call } from './call.ts';

/** The images of a region, as the caller, or another account, sees them now. */
export const viewOf = async (call: Call, regionId: string, accountId = call.accountId): Promise<View> => ({
  accountId,
  regionId,
  now: await shareMoment(call.db, call.clock.now()),
});
