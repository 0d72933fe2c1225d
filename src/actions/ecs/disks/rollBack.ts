import { diskBase, type DiskRow } from '../../../records/tables/disks.ts';
import type { InstanceRow } from '../../../records/tables/instances.ts';
import { findSnapshot, type SnapshotRow } from '../../../records/tables/snapshots.ts';
import { isEphemeral } from '../../../rules/diskCategories.ts';
import { allows, diskCan, instanceCan, snapshotCan } from '../../../rules/states.ts';
import type { Call } from '../../call.ts';
import { refuseShutKeys } from '../encryption.ts';
import { incorrectStatus } from '../instances/incorrectStatus.ts';
import { holderOf, incorrectDiskStatus, ownDisk, refuseDuringSnapshot } from './ownDisk.ts';
import { renewContent } from './renewContent.ts';

interface RollBack {
  disk: DiskRow;
  snapshot: SnapshotRow;
  instance: InstanceRow | null;
}

/** Refuses unless the disk can be rolled back to the snapshot now. */
export async function checkRollBack(call: Call, diskId: string, snapshotId: string): Promise<RollBack> {
  const disk = await ownDisk(call, diskId);
  if (isEphemeral(disk.category)) throw call.error('DiskCategory.OperationNotSupported');
  const snapshot = await findSnapshot(call.db, call.accountId, snapshotId);
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
  return { disk, snapshot, instance };
}

export const rollBack = (call: Call, { disk, snapshot }: RollBack): Promise<void> =>
  renewContent(call, disk, { ...diskBase(snapshot), lastRoot: snapshot.root, startInstance: false });
