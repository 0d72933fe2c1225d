import { updateDisk, type DiskRow } from '../../../records/tables/disks.ts';
import type { InstanceRow } from '../../../records/tables/instances.ts';
import { diskSizes, findDiskCategory } from '../../../rules/diskCategories.ts';
import { allows, diskCan, instanceCan } from '../../../rules/states.ts';
import { action } from '../../action.ts';
import type { Call } from '../../call.ts';
import { refuseShutKeys } from '../encryption.ts';
import { holderOf, ownDisk, refuseDuringSnapshot } from './ownDisk.ts';

/** Grows the disk, never a partition or file system on it. */
export const ResizeDisk = action(
  'Ecs',
  'ResizeDisk',
  { access: 'write', required: ['diskId', 'newSize'] },
  async (request, call) => {
    const { type = 'offline', newSize } = request;
    if (type !== 'offline' && type !== 'online') throw call.error('InvalidParam.Type');
    const disk = await ownDisk(call, request.diskId);
    const instance = await holderOf(call, disk);
    checkSize(call, disk, newSize);
    checkStates(call, disk, instance, type === 'online');
    await refuseDuringSnapshot(call, disk);
    await refuseShutKeys(call, [disk]);
    await updateDisk(call.db, disk.id, { pendingSizeGib: newSize });
    // Offline, a running instance sees it when it is next started or rebooted.
    if (type === 'online' || instance?.status !== 'Running') {
      const about = { regionId: disk.regionId, resourceId: disk.id };
      await call.enqueue('resizeDisk', { diskId: disk.id }, about);
    }
    return { orderId: '' };
  },
);

function checkSize(call: Call, disk: DiskRow, newSize: number): void {
  const current = disk.pendingSizeGib ?? disk.sizeGib;
  if (newSize < current) throw call.error('InvalidDiskSize.TooSmall');
  if (newSize === current) throw call.error('InvalidDiskSize');
  const range = diskSizes(disk, disk.type);
  if (!range || newSize > range.max) throw call.error('InvalidDiskSize.TooLarge');
}

function checkStates(call: Call, disk: DiskRow, instance: InstanceRow | null, online: boolean): void {
  if (!allows(diskCan.resize, disk.status)) {
    throw call.error('IncorrectDiskStatus', { about: 'current disk status', hint: `${disk.id} is ${disk.status}.` });
  }
  if (online) {
    if (!findDiskCategory(disk.category)?.resizesOnline) {
      throw call.error('InvalidDiskCategory.NotSupported', { about: 'resize online' });
    }
    if (!instance) throw call.error('IncorrectDiskStatus', { about: 'resize online' });
    if (!allows(instanceCan.resizeDiskOnline, instance.status)) throw call.error('InvalidInstanceStatus.NotRunning');
  } else if (instance && !allows(instanceCan.resizeDisk, instance.status)) {
    throw call.error('IncorrectInstanceStatus', {
      about: 'does not support this operation',
      hint: `${instance.id} is ${instance.status}.`,
    });
  }
}
