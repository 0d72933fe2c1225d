import { isSnapshotFree } from '../../records/snapshotRemoval.ts';
import { removeSnapshots } from '../../records/tables/snapshots.ts';
import { expiresAt } from '../../rules/snapshots.ts';
import type { Db } from '../../records/database.ts';
import { CANCELLED, type Job } from '../job.ts';
import type { JobInputs } from '../kinds.ts';

/** What an image, a lock or its own creation holds is looked at again so much later. */
const LOOK_AGAIN_MS = 3600_000;

export const expireSnapshot: Job<JobInputs['expireSnapshot']> = {
  weight: 'control',
  resources: ({ snapshotId }) => [snapshotId],
  async run({ snapshotId }, { clock, enqueue, collect }) {
    return async (tx) => {
      const now = clock.now();
      const row = await find(tx, snapshotId);
      const expiry = row ? expiresAt(row) : null;
      if (!row || expiry === null || expiry > now) return;
      if (await isSnapshotFree(tx, snapshotId, now)) {
        await removeSnapshots(tx, [snapshotId], now);
        await collect(tx, row.regionId);
      } else {
        await enqueue(tx, 'expireSnapshot', { snapshotId }, { runAfter: now + LOOK_AGAIN_MS });
      }
    };
  },
  async fail({ snapshotId }, { clock, enqueue, log }, tx, reason) {
    if (reason.code === CANCELLED) return;
    log.error(
      { snapshotId, reason },
      'a snapshot could not be deleted at the end of its retention; trying again later',
    );
    await enqueue(tx, 'expireSnapshot', { snapshotId }, { runAfter: clock.now() + LOOK_AGAIN_MS });
  },
};

const find = (db: Db, id: string) => db.selectFrom('snapshots').selectAll().where('id', '=', id).executeTakeFirst();
