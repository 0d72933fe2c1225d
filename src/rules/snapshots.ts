import type { SnapshotStatus } from './states.ts';
import { DAY_MS } from './times.ts';

/** Days that a snapshot is kept: 1 … 65536; for ever when not set. */
export const isRetentionDays = (days: number): boolean => Number.isInteger(days) && days >= 1 && days <= 65536;

/** When a snapshot deletes itself, by the service's clock; null: never. */
export const expiresAt = ({ createdAt, retentionDays }: { createdAt: number; retentionDays: number | null }) =>
  retentionDays === null ? null : createdAt + retentionDays * DAY_MS;

/** A group's state, by its members'. */
export function groupStatus(statuses: readonly SnapshotStatus[]): SnapshotStatus {
  if (statuses.includes('progressing')) return 'progressing';
  return statuses.includes('failed') ? 'failed' : 'accomplished';
}

/** Seconds that the rest will take at the pace so far; null when there is no telling yet. */
export function remainingSeconds(progress: number, elapsedMs: number): number | null {
  if (progress >= 100) return 0;
  if (progress <= 0) return null;
  return Math.ceil((elapsedMs * (100 - progress)) / progress / 1000);
}
