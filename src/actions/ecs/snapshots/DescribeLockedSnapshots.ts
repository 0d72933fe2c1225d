import { listLocks } from '../../../records/tables/snapshotLocks.ts';
import { LOCK_STATUSES, lockStatus } from '../../../rules/snapshotLocks.ts';
import { action } from '../../action.ts';
import { listAnswer, listWindow } from '../../listWindow.ts';
import { lockInfo } from './lockInfo.ts';

const MAX_RESULTS = 100;
const IDS_AT_MOST = 100;

export const DescribeLockedSnapshots = action(
  'Ecs',
  'DescribeLockedSnapshots',
  { access: 'read', required: ['regionId'] },
  async (request, call) => {
    const { regionId } = call.region(request.regionId);
    const { snapshotIds: ids, lockStatus: status } = request;
    if (ids && ids.length > IDS_AT_MOST) throw call.error('InvalidParameter', { hint: 'SnapshotIds are 100 at most.' });
    if (status !== undefined && !LOCK_STATUSES.some((each) => each === status)) {
      throw call.error('InvalidParameter', { hint: `LockStatus is one of ${LOCK_STATUSES.join(', ')}.` });
    }
    const window = listWindow(call, { maxResults: 0, ...request }, { maxResults: MAX_RESULTS });
    const now = call.clock.now();
    // What a lock's state is depends on the time: those of an account are few enough to look at each.
    const matching = (await listLocks(call.db, { accountId: call.accountId, regionId, ids })).filter(
      (lock) => status === undefined || lockStatus(lock, lock.completedAt, now) === status,
    );
    const first = window.after ? matching.findIndex(({ id }) => id === window.after!.id) + 1 : 0;
    const { rows, counts } = listAnswer(window, {
      rows: matching.slice(first, first + window.size),
      total: matching.length,
    });
    return {
      nextToken: counts.nextToken,
      lockedSnapshotsInfo: rows.map((row) => lockInfo(row, row.completedAt, now)),
    };
  },
);
