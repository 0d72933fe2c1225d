import type { RequestOf } from '../../../contract/sdk.ts';
import { releaseDisk } from '../../../records/releases.ts';
import { disksOfInstance, insertDisks, type DiskRow } from '../../../records/tables/disks.ts';
import { updateInstance, type InstanceRow } from '../../../records/tables/instances.ts';
import { DEFAULT_SYSTEM_DISK_GIB, diskSizes } from '../../../rules/diskCategories.ts';
import { findInstanceType } from '../../../rules/instanceTypes.ts';
import { platforms } from '../../../rules/platforms.ts';
import { allows, diskCan, instanceCan } from '../../../rules/states.ts';
import { action } from '../../action.ts';
import type { Call } from '../../call.ts';
import { oneOf } from '../../oneOf.ts';
import { copyTags } from '../../tags.ts';
import { refuseUnbuilt } from '../../unbuilt.ts';
import { baseOf, checkFit, chooseImage, type ChosenImage } from '../chooseImage.ts';
import { diskEncryption } from '../encryption.ts';
import { incorrectStatus } from '../instances/incorrectStatus.ts';
import { readKeyPair, readPassword } from '../instances/launchLogin.ts';
import { ownInstance } from '../instances/ownInstance.ts';
import { incorrectDiskStatus, refuseDuringSnapshot } from './ownDisk.ts';

type Request = RequestOf<'Ecs', 'ReplaceSystemDisk'>;

/** A new system disk, with a new id, from another image; the old one goes with all that is on it. */
export const ReplaceSystemDisk = action(
  'Ecs',
  'ReplaceSystemDisk',
  { access: 'write', required: ['instanceId'] },
  async (request, call) => {
    refuseUnbuilt(call, {
      DiskId: request.diskId,
      Arn: request.arn,
      EncryptAlgorithm: request.encryptAlgorithm,
    });
    oneOf(call, request.platform, platforms, 'InvalidPlatform.Malformed');
    oneOf(call, request.architecture, ['i386', 'x86_64', 'arm64'], 'InvalidArchitecture.Malformed');
    const instance = await ownInstance(call, request.instanceId);
    const chosen = await chooseImage(call, instance.regionId, { imageId: request.imageId });
    if (chosen.disks.some(({ type }) => type === 'data')) {
      throw call.error('OperationDenied', { about: 'snapshot of the data disk' });
    }
    const old = await systemDiskOf(call, instance);
    await checkFit(call, chosen.image, findInstanceType(instance.instanceType)!, instance.ioOptimized === 1);
    const source = chosen.snapshots.get(chosen.disks[0]?.snapshotId ?? '');
    const encryption = await diskEncryption(call, instance.regionId, request, source);
    if (encryption.encrypted && !instance.ioOptimized)
      throw call.error('IoOptimized.NotSupported', { about: 'kmsKeyId' });
    const disk = { ...newDisk(call, request, old, chosen), ...encryption };
    await adoptImage(call, request, instance, chosen);
    await insertDisks(call.db, [disk]);
    const { regionId } = instance;
    await copyTags(
      call,
      { resourceType: 'disk', resourceId: old.id, regionId },
      { resourceType: 'disk', resourceId: disk.id, regionId },
    );
    const volumeId = await releaseDisk(call.db, old, call.clock.now());
    await call.enqueue('createDisks', { diskIds: [disk.id] }, { regionId, resourceId: disk.id });
    await call.enqueue('deleteVolumes', { volumeIds: [volumeId] }, { regionId, resourceId: old.id });
    return { diskId: disk.id };
  },
);

async function systemDiskOf(call: Call, instance: InstanceRow): Promise<DiskRow> {
  if (instance.status === 'Pending') throw call.error('OperationDenied.InstanceCreating');
  if (!allows(instanceCan.replaceSystemDisk, instance.status)) throw incorrectStatus(call, instance);
  const disk = (await disksOfInstance(call.db, instance.id)).find(({ type }) => type === 'system');
  if (!disk) throw call.error('InvalidInstance.NotFoundSystemDisk');
  if (!allows(diskCan.replace, disk.status)) throw incorrectDiskStatus(call, disk);
  await refuseDuringSnapshot(call, disk);
  return disk;
}

function newDisk(call: Call, request: Request, old: DiskRow, chosen: ChosenImage): DiskRow {
  const { image } = chosen;
  const range = diskSizes(old, 'system')!;
  // Some clients send 0 for "not set".
  const sizeGib = request.systemDisk?.size || Math.max(DEFAULT_SYSTEM_DISK_GIB, image.sizeGib, range.min);
  if (sizeGib < image.sizeGib) throw call.error('InvalidSystemDiskSize.LessThanImageSize');
  if (sizeGib < range.min) throw call.error('InvalidSystemDiskSize.LessThanMinSize');
  if (sizeGib > range.max) throw call.error('InvalidSystemDiskSize.MoreThanMaxSize');
  const now = call.clock.now();
  const id = call.ids.resource('d', call.region(old.regionId).idInfix);
  return {
    ...old,
    id,
    sizeGib,
    status: 'Creating',
    imageId: image.id,
    sourceSnapshotId: null,
    productCode: image.productCode,
    serialNumber: id.slice(2),
    autoSnapshotPolicyId: null,
    createdAt: now,
    attachedAt: now,
    detachedAt: null,
    pendingSizeGib: null,
    volumeId: call.ids.text(20),
    ...baseOf(chosen, chosen.disks[0]),
    lastRoot: null,
  };
}

async function adoptImage(call: Call, request: Request, instance: InstanceRow, { image }: ChosenImage): Promise<void> {
  const { osType, osName, osNameEn, bootMode } = image;
  const passwordHash = readPassword(call, request, osType);
  const keyPairName = await readKeyPair(call, instance.regionId, request.keyPairName, osType);
  await updateInstance(call.db, instance.id, {
    imageId: image.id,
    osType,
    osName,
    osNameEn,
    bootMode,
    ...(passwordHash !== null && { passwordHash }),
    ...(request.passwordInherit && { passwordHash: null }),
    ...(keyPairName !== null && { keyPairName }),
    ...(osType === 'windows' && { keyPairName: null }),
  });
}
