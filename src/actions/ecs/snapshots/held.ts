import { imagesWithSnapshot } from '../../../records/tables/imageDisks.ts';
import { findLock } from '../../../records/tables/snapshotLocks.ts';
import { isBeingCopied, type SnapshotRow } from '../../../records/tables/snapshots.ts';
import { lockStatus, lockTimes } from '../../../rules/snapshotLocks.ts';
import { secondsTime } from '../../../rules/times.ts';
import type { Call } from '../../call.ts';

/** Refuses to delete what an image, a copy in the making or a lock holds: no Force helps against these. */
export async function refuseHeld(call: Call, snapshot: SnapshotRow): Promise<void> {
  const images = await imagesWithSnapshot(call.db, snapshot.id);
  if (images.length > 0) throw call.error('SnapshotCreatedImage', { hint: `Images: ${images.join(', ')}.` });
  if (await isBeingCopied(call.db, snapshot)) throw call.error('InvalidOperation.RelatedSnapshotNotFinished');
  const lock = await findLock(call.db, snapshot.id);
  if (lock && lockStatus(lock, snapshot.completedAt, call.clock.now()) !== 'expired') {
    const times = lockTimes(lock, snapshot.completedAt);
    throw call.error(
      'InvalidOperation.SnapshotLocked',
      times ? { hint: `Until ${secondsTime(times.expiresAt)}.` } : {},
    );
  }
}
