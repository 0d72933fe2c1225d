import { releaseDisk } from '../../../records/releases.ts';
import { findDisk } from '../../../records/tables/disks.ts';
import { allows, diskCan } from '../../../rules/states.ts';
import { action } from '../../action.ts';
import { incorrectDiskStatus, refuseDuringSnapshot } from './ownDisk.ts';

/** Manual snapshots stay. A disk that is not there counts as deleted. */
export const DeleteDisk = action(
  'Ecs',
  'DeleteDisk',
  { access: 'write', required: ['diskId'] },
  async (request, call) => {
    const disk = await findDisk(call.db, call.accountId, request.diskId);
    if (!disk) return {};
    if (disk.status === 'In_use') throw call.error('DiskStillAttached');
    if (disk.status === 'Creating') throw incorrectDiskStatus(call, disk, 'IncorrectDiskStatus.Initializing');
    if (!allows(diskCan.delete, disk.status)) throw incorrectDiskStatus(call, disk);
    await refuseDuringSnapshot(call, disk);
    const volumeId = await releaseDisk(call.db, disk, call.clock.now());
    const about = { regionId: disk.regionId, resourceId: disk.id };
    await call.enqueue('deleteVolumes', { volumeIds: [volumeId] }, about);
    return {};
  },
);
