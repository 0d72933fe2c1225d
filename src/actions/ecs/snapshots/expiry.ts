import type { SnapshotRow } from '../../../records/tables/snapshots.ts';
import { expiresAt } from '../../../rules/snapshots.ts';
import type { Call } from '../../call.ts';

/** The job looks again when its time has come: a retention that was changed since has a job of its own. */
export async function scheduleExpiry(
  call: Call,
  row: Pick<SnapshotRow, 'id' | 'regionId' | 'createdAt' | 'retentionDays'>,
): Promise<void> {
  const runAfter = expiresAt(row);
  if (runAfter === null) return;
  await call.enqueue(
    'expireSnapshot',
    { snapshotId: row.id },
    { regionId: row.regionId, resourceId: row.id, runAfter },
  );
}
