import { diskBase, sourceSnapshot, type DiskBase, type DiskRow } from '../../../records/tables/disks.ts';
import { findImageForLineage, findVisibleImage } from '../../../records/tables/images.ts';
import { updateInstance } from '../../../records/tables/instances.ts';
import { allows, diskCan, instanceCan } from '../../../rules/states.ts';
import { action } from '../../action.ts';
import type { Call } from '../../call.ts';
import { viewOf } from '../../view.ts';
import { baseOf, imageContent } from '../chooseImage.ts';
import { refuseShutKeys } from '../encryption.ts';
import { incorrectStatus } from '../instances/incorrectStatus.ts';
import { readKeyPair, readPassword } from '../instances/launchLogin.ts';
import { holderOf, incorrectDiskStatus, ownDisk, refuseDuringSnapshot } from './ownDisk.ts';
import { renewContent } from './renewContent.ts';

/** Back to how it began: a system disk to its image, a data disk to its snapshot or to nothing. */
export const ReInitDisk = action(
  'Ecs',
  'ReInitDisk',
  { access: 'write', required: ['diskId'] },
  async (request, call) => {
    const disk = await ownDisk(call, request.diskId);
    if (!allows(diskCan.reInit, disk.status)) throw incorrectDiskStatus(call, disk);
    const instance = await holderOf(call, disk);
    if (!instance) throw incorrectDiskStatus(call, disk);
    if (!allows(instanceCan.reInitDisk, instance.status)) throw incorrectStatus(call, instance);
    if (!instance.everStarted) throw incorrectStatus(call, instance, `${instance.id} was never started.`);
    await refuseDuringSnapshot(call, disk);
    const base = disk.type === 'system' ? await imageBase(call, disk) : await snapshotBase(call, disk);
    await refuseShutKeys(call, [disk, { kmsKeyId: base.baseKmsKeyId }]);
    const passwordHash = readPassword(call, request, instance.osType);
    const keyPairName = await readKeyPair(call, instance.regionId, request.keyPairName, instance.osType);
    // A data disk has no login to set.
    if (disk.type === 'system') {
      if (passwordHash !== null) await updateInstance(call.db, instance.id, { passwordHash });
      if (keyPairName !== null) await updateInstance(call.db, instance.id, { keyPairName });
    }
    await renewContent(call, disk, { ...base, lastRoot: null, startInstance: request.autoStartInstance ?? false });
    return {};
  },
);

async function imageBase(call: Call, disk: DiskRow): Promise<DiskBase> {
  const imageId = disk.imageId ?? '';
  const image = await findVisibleImage(call.db, await viewOf(call, disk.regionId), imageId);
  if (!image) {
    const former = await findImageForLineage(call.db, imageId);
    const isForeign = former !== undefined && former.accountId !== call.accountId && former.kind === 'self';
    throw call.error(isForeign ? 'SharedImageDeleted' : 'InvalidDiskId.OperationNotSupported', {
      ...(!isForeign && { about: 'image not exist' }),
    });
  }
  const content = await imageContent(call, image.id);
  return baseOf(content, content.disks[0]);
}

async function snapshotBase(call: Call, disk: DiskRow): Promise<DiskBase> {
  if (disk.sourceSnapshotId === null) return diskBase(null);
  const snapshot = await sourceSnapshot(call.db, disk.sourceSnapshotId);
  if (!snapshot) throw call.error('InvalidSourceSnapshot');
  return diskBase(snapshot);
}
