import type { Throttle } from './limits.ts';

export interface Throttles {
  /** Takes one request's worth; false: refuse it. */
  allows(accountId: string, action: string): boolean;
}

interface Bucket {
  tokens: number;
  filledAt: number;
}

/** Buckets kept; beyond it the full ones, which say nothing, are dropped. */
const BUCKETS_KEPT = 10_000;

/** Token buckets, one per account and one per account and action. */
export function createThrottles(limits: { account: Throttle; action: Throttle }, now: () => number): Throttles {
  const buckets = new Map<string, Bucket>();

  function take(key: string, { perSecond, burst }: Throttle): boolean {
    if (perSecond === 0) return true;
    const time = now();
    let bucket = buckets.get(key);
    if (!bucket) {
      if (buckets.size >= BUCKETS_KEPT) dropFull(time, perSecond, burst);
      buckets.set(key, (bucket = { tokens: burst, filledAt: time }));
    }
    bucket.tokens = Math.min(burst, bucket.tokens + (Math.max(0, time - bucket.filledAt) * perSecond) / 1000);
    bucket.filledAt = time;
    if (bucket.tokens < 1) return false;
    bucket.tokens -= 1;
    return true;
  }

  function dropFull(time: number, perSecond: number, burst: number): void {
    for (const [key, bucket] of buckets) {
      if (bucket.tokens + ((time - bucket.filledAt) * perSecond) / 1000 >= burst) buckets.delete(key);
    }
  }

  return {
    allows: (accountId, action) => take(accountId, limits.account) && take(`${accountId}/${action}`, limits.action),
  };
}
