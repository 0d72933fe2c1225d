import { updateDisk } from '../../../records/tables/disks.ts';
import { findImageForLineage } from '../../../records/tables/images.ts';
import { isEphemeral } from '../../../rules/diskCategories.ts';
import { allows, diskCan, instanceCan } from '../../../rules/states.ts';
import { action } from '../../action.ts';
import { incorrectStatus } from '../instances/incorrectStatus.ts';
import { ownInstance } from '../instances/ownInstance.ts';
import { incorrectDiskStatus, ownDisk } from './ownDisk.ts';

export const DetachDisk = action(
  'Ecs',
  'DetachDisk',
  { access: 'write', required: ['instanceId', 'diskId'] },
  async (request, call) => {
    const instance = await ownInstance(call, request.instanceId);
    const disk = await ownDisk(call, request.diskId);
    if (disk.status === 'Available') throw call.error('InvalidDisk.AlreadyDetached');
    if (disk.instanceId !== instance.id) throw call.error('DependencyViolation');
    if (disk.status === 'Detaching') throw call.error('InvalidOperation.DiskDetachingFromThisEcs');
    if (!allows(diskCan.detach, disk.status)) throw incorrectDiskStatus(call, disk);
    if (isEphemeral(disk.category)) {
      const codeOfFalse = 'InvalidParameter.DeleteWithInstance';
      throw call.error(request.deleteWithInstance === false ? codeOfFalse : 'InvalidOperation.DiskCategoryUnsupported');
    }
    const isSystem = disk.type === 'system';
    if (!isSystem && !disk.portable) throw call.error('DiskNotPortable');
    if (isSystem && !allows(instanceCan.detachSystemDisk, instance.status)) throw call.error('DiskTypeViolation');
    if (isSystem && (await findImageForLineage(call.db, disk.imageId ?? ''))?.deletedAt != null) {
      throw call.error('InvalidDiskId.OperationNotSupported');
    }
    if (!allows(instanceCan.detachDisk, instance.status)) throw incorrectStatus(call, instance);
    await updateDisk(call.db, disk.id, {
      status: 'Detaching',
      // A system disk goes on being one that belongs to its instance unless told otherwise.
      deleteWithInstance: (request.deleteWithInstance ?? isSystem) ? 1 : 0,
      portable: 1,
    });
    const about = { regionId: disk.regionId, resourceId: disk.id };
    await call.enqueue('detachDisk', { diskId: disk.id }, about);
    return {};
  },
);
