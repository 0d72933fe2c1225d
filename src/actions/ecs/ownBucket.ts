import { findBucket } from '../../records/tables/buckets.ts';
import type { Call } from '../call.ts';

/** The caller's bucket in the region. Another account's answers like none. */
export async function checkOwnBucket(call: Call, regionId: string, name: string): Promise<void> {
  const bucket = await findBucket(call.db, name);
  if (bucket?.accountId !== call.accountId || bucket.regionId !== regionId) {
    throw call.error('InvalidOSSBucket.NotFound');
  }
}
