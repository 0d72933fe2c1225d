import type { SnapshotLockRow } from '../../../records/tables/snapshotLocks.ts';
import { lockStatus, lockTimes } from '../../../rules/snapshotLocks.ts';
import { secondsTime } from '../../../rules/times.ts';

/** A lock as LockSnapshot and DescribeLockedSnapshots show it. */
export function lockInfo(lock: SnapshotLockRow, completedAt: number | null, now: number) {
  const times = lockTimes(lock, completedAt);
  return {
    snapshotId: lock.snapshotId,
    lockMode: 'compliance',
    lockStatus: lockStatus(lock, completedAt, now),
    lockDuration: lock.lockDays,
    coolOffPeriod: lock.coolOffHours,
    lockCreationTime: secondsTime(lock.createdAt),
    ...(times && {
      lockDurationStartTime: secondsTime(times.startsAt),
      lockExpiredTime: secondsTime(times.expiresAt),
      ...(lock.coolOffHours > 0 && { coolOffPeriodExpiredTime: secondsTime(times.coolOffEndsAt) }),
    }),
  };
}
