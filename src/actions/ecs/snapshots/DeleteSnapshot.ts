import { imagesWithSnapshot } from '../../../records/tables/imageDisks.ts';
import { disksFromSnapshot, findSnapshot, removeSnapshots } from '../../../records/tables/snapshots.ts';
import { action } from '../../action.ts';

/** With Force also one that disks were made from: they run on, but can no longer be re-initialised. One that is progressing ends. */
export const DeleteSnapshot = action('Ecs', 'DeleteSnapshot', { access: 'write' }, async (request, call) => {
  if (request.snapshotId === undefined) throw call.error('MissingParameter', { about: 'SnapshotId' });
  const snapshot = await findSnapshot(call.db, call.accountId, request.snapshotId);
  if (!snapshot) throw call.error('InvalidSnapshotId.NotFound');
  const images = await imagesWithSnapshot(call.db, snapshot.id);
  if (images.length > 0) throw call.error('SnapshotCreatedImage', { hint: `Images: ${images.join(', ')}.` });
  const disks = request.force ? [] : await disksFromSnapshot(call.db, snapshot.id);
  if (disks.length > 0) throw call.error('SnapshotCreatedDisk', { hint: `Disks: ${disks.join(', ')}.` });
  await removeSnapshots(call.db, [snapshot.id]);
  if (snapshot.status === 'progressing') await call.cancelJobs(snapshot.id);
  await call.collectGarbage(snapshot.regionId);
  return {};
});
