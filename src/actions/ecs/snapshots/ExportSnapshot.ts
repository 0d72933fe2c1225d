import { unfinishedKinds } from '../../../records/tables/jobs.ts';
import { findSnapshot } from '../../../records/tables/snapshots.ts';
import { isGranted } from '../../../records/tables/tickets.ts';
import { allows, snapshotCan } from '../../../rules/states.ts';
import { action } from '../../action.ts';
import { checkBucketRole, EXPORT_ROLE } from '../bucketRole.ts';
import { checkOwnBucket } from '../ownBucket.ts';

/**
 * A snapshot can't be downloaded, only an image made from it; the cloud has this action for those whom it let in by name, and so is
 * it here: by a ticket. What an image of it would not be exported for, it is not either.
 */
export const ExportSnapshot = action(
  'Ecs',
  'ExportSnapshot',
  { access: 'write', required: ['regionId', 'snapshotId', 'ossBucket'] },
  async (request, call) => {
    const { regionId } = call.region(request.regionId);
    await checkBucketRole(call, request.roleName, EXPORT_ROLE);
    const snapshot = await findSnapshot(call.db, call.accountId, request.snapshotId);
    if (snapshot?.regionId !== regionId) throw call.error('InvalidSnapshotId.NotFound');
    if (!(await isGranted(call.db, call.accountId, 'export-snapshot', snapshot.id))) {
      const hint =
        'Make an image of the snapshot and export that, or ask by a ticket: SubmitTicket, Kind export-snapshot.';
      throw call.error('UserNotInTheWhiteList', { hint });
    }
    if (!allows(snapshotCan.export, snapshot.status)) throw call.error('SnapshotNotReady');
    if (snapshot.productCode !== null) throw call.error('ImageNotSupported', { about: 'image market' });
    if (snapshot.encrypted === 1) throw call.error('ImageNotSupported', { about: 'encrypted' });
    await checkOwnBucket(call, regionId, request.ossBucket);
    if ((await unfinishedKinds(call.db, snapshot.id)).includes('exportToBucket'))
      throw call.error('InvalidOperation.Conflict');
    const disks = [{ snapshotId: snapshot.id, name: snapshot.id }];
    const task = { regionId, resourceId: snapshot.id, taskAction: 'ExportSnapshot' };
    const taskId = await call.enqueue(
      'exportToBucket',
      { bucket: request.ossBucket, format: 'raw.tar.gz', disks },
      task,
    );
    return { taskId };
  },
);
