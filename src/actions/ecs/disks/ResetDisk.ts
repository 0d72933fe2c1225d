import { diskBase } from '../../../records/tables/disks.ts';
import { findSnapshot } from '../../../records/tables/snapshots.ts';
import { isEphemeral } from '../../../rules/diskCategories.ts';
import { allows, diskCan, instanceCan, snapshotCan } from '../../../rules/states.ts';
import { action } from '../../action.ts';
import { refuseShutKeys } from '../encryption.ts';
import { incorrectStatus } from '../instances/incorrectStatus.ts';
import { holderOf, incorrectDiskStatus, ownDisk, refuseDuringSnapshot } from './ownDisk.ts';
import { renewContent } from './renewContent.ts';

/** Rolls a disk back to a snapshot of it; what was written later is lost, its size stays. */
export const ResetDisk = action(
  'Ecs',
  'ResetDisk',
  { access: 'write', required: ['diskId', 'snapshotId'] },
  async (request, call) => {
    const disk = await ownDisk(call, request.diskId);
    if (isEphemeral(disk.category)) throw call.error('DiskCategory.OperationNotSupported');
    const snapshot = await findSnapshot(call.db, call.accountId, request.snapshotId);
    if (!snapshot) throw call.error('InvalidSnapshotId.NotFound');
    if (snapshot.sourceDiskId !== disk.id || snapshot.regionId !== disk.regionId) {
      throw call.error('InvalidParameter.Mismatch', { about: 'not created from the specified disk' });
    }
    if (!allows(snapshotCan.rollBack, snapshot.status)) throw call.error('InvalidSnapshotId.NotReady');
    if (disk.status === 'ReIniting') throw call.error('InvalidOperation.DiskResetInProgress');
    if (!allows(diskCan.reset, disk.status)) throw incorrectDiskStatus(call, disk);
    const instance = await holderOf(call, disk);
    if (instance && !allows(instanceCan.resetDisk, instance.status)) throw incorrectStatus(call, instance);
    await refuseDuringSnapshot(call, disk, 'IncorrectDiskStatus.HasUnfinishedSnapshot');
    await refuseShutKeys(call, [disk, snapshot]);
    await renewContent(call, disk, { ...diskBase(snapshot), lastRoot: snapshot.root, startInstance: false });
    return {};
  },
);
