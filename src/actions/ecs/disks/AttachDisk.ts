import type { RequestOf } from '../../../contract/sdk.ts';
import { disksOfInstance, updateDisk, type DiskRow } from '../../../records/tables/disks.ts';
import { findImageForLineage } from '../../../records/tables/images.ts';
import { updateInstance, type InstanceRow } from '../../../records/tables/instances.ts';
import { isDataDevice, nextDataDevice, SYSTEM_DEVICE } from '../../../rules/devices.ts';
import { isEphemeral, takesDiskCategory } from '../../../rules/diskCategories.ts';
import { findInstanceType } from '../../../rules/instanceTypes.ts';
import { quotas } from '../../../rules/quotas.ts';
import { allows, diskCan, instanceCan } from '../../../rules/states.ts';
import { action } from '../../action.ts';
import type { Call } from '../../call.ts';
import { refuseUnbuilt } from '../../unbuilt.ts';
import { refuseShutKeys } from '../encryption.ts';
import { incorrectStatus } from '../instances/incorrectStatus.ts';
import { readKeyPair, readPassword } from '../instances/launchLogin.ts';
import { ownInstance } from '../instances/ownInstance.ts';
import { incorrectDiskStatus, ownDisk } from './ownDisk.ts';

type Request = RequestOf<'Ecs', 'AttachDisk'>;

export const AttachDisk = action(
  'Ecs',
  'AttachDisk',
  { access: 'write', required: ['instanceId', 'diskId'] },
  async (request, call) => {
    refuseUnbuilt(call, { Force: request.force });
    const bootable = request.bootable ?? false;
    const instance = await ownInstance(call, request.instanceId);
    const disk = await ownDisk(call, request.diskId);
    checkPair(call, instance, disk, bootable);
    await refuseShutKeys(call, [disk]);
    const device = await chooseDevice(call, request, instance, bootable);
    await updateDisk(call.db, disk.id, {
      status: 'Attaching',
      instanceId: instance.id,
      device,
      type: bootable ? 'system' : 'data',
      deleteWithInstance: request.deleteWithInstance || isEphemeral(disk.category) ? 1 : 0,
    });
    if (bootable) await adoptSystem(call, request, instance, disk);
    const about = { regionId: disk.regionId, resourceId: disk.id };
    await call.enqueue('attachDisk', { diskId: disk.id }, about);
    return {};
  },
);

function checkPair(call: Call, instance: InstanceRow, disk: DiskRow, bootable: boolean): void {
  if (disk.status === 'In_use') throw call.error('InvalidDisk.InUse');
  if (!allows(diskCan.attach, disk.status)) throw incorrectDiskStatus(call, disk);
  if (disk.zoneId !== instance.zoneId) throw call.error('ResourcesNotInSameZone');
  if (!allows(bootable ? instanceCan.attachSystemDisk : instanceCan.attachDisk, instance.status)) {
    throw incorrectStatus(call, instance);
  }
  const family = findInstanceType(instance.instanceType)?.family ?? '';
  if (!takesDiskCategory({ family, ioOptimized: instance.ioOptimized === 1 }, disk.category)) {
    throw call.error('InvalidInstanceType.NotSupportDiskCategory');
  }
  if (disk.encrypted && !instance.ioOptimized) throw call.error('InvalidOperation.InstanceTypeNotSupport');
  // Only what was made from an image boots.
  if (bootable && disk.imageId === null) throw call.error('DiskId.ValueNotSupported');
}

async function chooseDevice(call: Call, request: Request, instance: InstanceRow, bootable: boolean): Promise<string> {
  const attached = await disksOfInstance(call.db, instance.id);
  const taken = new Set(attached.flatMap(({ device }) => device ?? []));
  const { device } = request;
  if (device !== undefined && !(bootable ? device === SYSTEM_DEVICE : isDataDevice(device))) {
    throw call.error('InvalidDevice.Malformed', { about: 'device is not valid' });
  }
  if (!bootable && attached.filter(({ type }) => type === 'data').length >= quotas.instanceDataDisks) {
    throw call.error('InstanceDiskLimitExceeded');
  }
  const wanted = device ?? (bootable ? SYSTEM_DEVICE : nextDataDevice(taken));
  if (wanted === null) throw call.error('InstanceDiskLimitExceeded');
  if (taken.has(wanted)) throw call.error('InvalidDevice.InUse');
  return wanted;
}

/** The instance now runs what the disk's image made; how to log in may be set anew. */
async function adoptSystem(call: Call, request: Request, instance: InstanceRow, disk: DiskRow): Promise<void> {
  const image = await findImageForLineage(call.db, disk.imageId!);
  const osType = image?.osType ?? instance.osType;
  const password = readPassword(call, request, osType);
  const keyPairName = await readKeyPair(call, instance.regionId, request.keyPairName, osType);
  await updateInstance(call.db, instance.id, {
    imageId: disk.imageId!,
    osType,
    osName: image?.osName ?? instance.osName,
    osNameEn: image?.osNameEn ?? instance.osNameEn,
    bootMode: image?.bootMode ?? instance.bootMode,
    ...(password !== null && { passwordHash: password }),
    ...(keyPairName !== null && { keyPairName }),
  });
}
