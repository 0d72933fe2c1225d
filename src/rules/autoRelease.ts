const MINUTE_MS = 60_000;
const EARLIEST_RELEASE_MS = 30 * MINUTE_MS;
const LATEST_RELEASE_MS = 3 * 366 * 24 * 60 * MINUTE_MS;

/** AutoReleaseTime, its seconds dropped; null when it is not 30 minutes to three years ahead. */
export function autoReleaseAt(wantedMs: number, nowMs: number): number | null {
  const at = wantedMs - (wantedMs % MINUTE_MS);
  return at >= nowMs - (nowMs % MINUTE_MS) + EARLIEST_RELEASE_MS && at <= nowMs + LATEST_RELEASE_MS ? at : null;
}
