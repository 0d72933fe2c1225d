import { DAY_MS } from './times.ts';

const HOUR_MS = 3600_000;

export const LOCK_STATUSES = ['compliance-cooloff', 'compliance', 'expired'] as const;
export type LockStatus = (typeof LOCK_STATUSES)[number];

interface Lock {
  createdAt: number;
  lockDays: number;
  coolOffHours: number;
}

export interface LockTimes {
  startsAt: number;
  coolOffEndsAt: number;
  expiresAt: number;
}

/** Days: 1 … 36500. */
export const isLockDays = (days: number): boolean => Number.isInteger(days) && days >= 1 && days <= 36500;

/** Hours: 0 (none) … 72. */
export const isCoolOffHours = (hours: number): boolean => Number.isInteger(hours) && hours >= 0 && hours <= 72;

/** A lock begins when it is set, or once its snapshot is complete; null until then. */
export function lockTimes(lock: Lock, completedAt: number | null): LockTimes | null {
  if (completedAt === null) return null;
  const startsAt = Math.max(lock.createdAt, completedAt);
  return {
    startsAt,
    coolOffEndsAt: startsAt + lock.coolOffHours * HOUR_MS,
    expiresAt: startsAt + lock.lockDays * DAY_MS,
  };
}

export function lockStatus(lock: Lock, completedAt: number | null, now: number): LockStatus {
  const times = lockTimes(lock, completedAt);
  if (times && times.expiresAt <= now) return 'expired';
  return lock.coolOffHours > 0 && (!times || times.coolOffEndsAt > now) ? 'compliance-cooloff' : 'compliance';
}
