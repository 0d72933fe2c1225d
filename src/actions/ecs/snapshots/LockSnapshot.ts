import { findLock, putLock, type SnapshotLockRow } from '../../../records/tables/snapshotLocks.ts';
import { findSnapshot, type SnapshotRow } from '../../../records/tables/snapshots.ts';
import { isCoolOffHours, isLockDays, lockStatus } from '../../../rules/snapshotLocks.ts';
import { expiresAt } from '../../../rules/snapshots.ts';
import { allows, snapshotCan } from '../../../rules/states.ts';
import { DAY_MS } from '../../../rules/times.ts';
import { action } from '../../action.ts';
import type { Call } from '../../call.ts';
import { lockInfo } from './lockInfo.ts';

/** Locks a snapshot, or its lock anew while that cools off; later a lock can only be made longer. */
export const LockSnapshot = action(
  'Ecs',
  'LockSnapshot',
  { access: 'write', required: ['regionId', 'snapshotId', 'lockMode', 'lockDuration', 'coolOffPeriod'] },
  async (request, call) => {
    const { regionId } = call.region(request.regionId);
    const { lockDuration: lockDays, coolOffPeriod: coolOffHours } = request;
    if (request.lockMode !== 'compliance') throw call.error('InvalidParameter', { hint: 'LockMode is compliance.' });
    if (!isLockDays(lockDays)) throw call.error('InvalidParameter', { hint: 'LockDuration is 1 to 36500 days.' });
    if (!isCoolOffHours(coolOffHours))
      throw call.error('InvalidParameter', { hint: 'CoolOffPeriod is 0 to 72 hours.' });
    const snapshot = await findSnapshot(call.db, call.accountId, request.snapshotId);
    if (snapshot?.regionId !== regionId) throw call.error('InvalidSnapshotId.NotFound');
    if (!allows(snapshotCan.lock, snapshot.status)) throw call.error('InvalidSnapshotId.NotReady');
    const lock = await nextLock(call, snapshot, { lockDays, coolOffHours });
    const expiry = expiresAt(snapshot);
    const start = Math.max(lock.createdAt, snapshot.completedAt ?? 0);
    if (expiry !== null && start + lockDays * DAY_MS > expiry) {
      throw call.error('InvalidParameter', { hint: 'The lock would outlast the retention of the snapshot.' });
    }
    await putLock(call.db, lock);
    return { lockedSnapshotInfo: lockInfo(lock, snapshot.completedAt, call.clock.now()) };
  },
);

async function nextLock(
  call: Call,
  snapshot: SnapshotRow,
  wanted: { lockDays: number; coolOffHours: number },
): Promise<SnapshotLockRow> {
  const now = call.clock.now();
  const held = await findLock(call.db, snapshot.id);
  if (!held || lockStatus(held, snapshot.completedAt, now) !== 'compliance') {
    return { snapshotId: snapshot.id, createdAt: now, ...wanted };
  }
  if (wanted.coolOffHours !== 0 || wanted.lockDays < held.lockDays) {
    throw call.error('InvalidOperation.CoolOffPeriodExpired', { hint: 'The lock can only be made longer.' });
  }
  return { ...held, lockDays: wanted.lockDays };
}
