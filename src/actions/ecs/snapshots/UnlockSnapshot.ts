import { deleteLock, findLock } from '../../../records/tables/snapshotLocks.ts';
import { findSnapshot } from '../../../records/tables/snapshots.ts';
import { lockStatus } from '../../../rules/snapshotLocks.ts';
import { action } from '../../action.ts';

/** Takes a lock off that still cools off. One that is over, or never was, is no lock already. */
export const UnlockSnapshot = action(
  'Ecs',
  'UnlockSnapshot',
  { access: 'write', required: ['regionId', 'snapshotId'] },
  async (request, call) => {
    const { regionId } = call.region(request.regionId);
    const snapshot = await findSnapshot(call.db, call.accountId, request.snapshotId);
    if (snapshot?.regionId !== regionId) throw call.error('InvalidSnapshotId.NotFound');
    const lock = await findLock(call.db, snapshot.id);
    if (lock && lockStatus(lock, snapshot.completedAt, call.clock.now()) === 'compliance') {
      throw call.error('InvalidOperation.CoolOffPeriodExpired');
    }
    await deleteLock(call.db, snapshot.id);
    return {};
  },
);
