import { disksFromSnapshot, findSnapshot, removeSnapshots } from '../../../records/tables/snapshots.ts';
import { action } from '../../action.ts';
import { refuseHeld } from './held.ts';

/** With Force also one that disks were made from: they run on, but can no longer be re-initialised. One that is progressing ends. */
export const DeleteSnapshot = action('Ecs', 'DeleteSnapshot', { access: 'write' }, async (request, call) => {
  if (request.snapshotId === undefined) throw call.error('MissingParameter', { about: 'SnapshotId' });
  const snapshot = await findSnapshot(call.db, call.accountId, request.snapshotId);
  if (!snapshot) throw call.error('InvalidSnapshotId.NotFound');
  await refuseHeld(call, snapshot);
  const disks = request.force ? [] : await disksFromSnapshot(call.db, snapshot);
  if (disks.length > 0) throw call.error('SnapshotCreatedDisk', { hint: `Disks: ${disks.join(', ')}.` });
  await removeSnapshots(call.db, [snapshot.id], call.clock.now());
  // Its creation, and its expiry.
  await call.cancelJobs(snapshot.id);
  await call.collectGarbage(snapshot.regionId);
  return {};
});
