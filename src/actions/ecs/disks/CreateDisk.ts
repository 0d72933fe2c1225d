import type { RequestOf } from '../../../contract/sdk.ts';
import { diskBase, insertDisks, type DiskRow } from '../../../records/tables/disks.ts';
import { findInstance } from '../../../records/tables/instances.ts';
import { findSnapshot, type SnapshotRow } from '../../../records/tables/snapshots.ts';
import { diskSizes, hasPerformanceLevel, isEphemeral } from '../../../rules/diskCategories.ts';
import { isResourceGroupId } from '../../../rules/names.ts';
import type { Region } from '../../../rules/regions.ts';
import { allows, snapshotCan } from '../../../rules/states.ts';
import { action } from '../../action.ts';
import type { Call } from '../../call.ts';
import { oneOf } from '../../oneOf.ts';
import { saveTags } from '../../tags.ts';
import { refuseUnbuilt } from '../../unbuilt.ts';
import { readDiskWords } from '../diskSpecs.ts';
import { diskEncryption, refuseEncryptedEphemeral } from '../encryption.ts';

type Request = RequestOf<'Ecs', 'CreateDisk'>;

export const CreateDisk = action('Ecs', 'CreateDisk', { access: 'write' }, async (request, call) => {
  const region = call.region(request.regionId);
  refuseMultiAttach(request, call);
  refuseUnbuilt(call, {
    AdvancedFeatures: request.advancedFeatures,
    Arn: request.arn,
    StorageSetId: request.storageSetId,
    StorageSetPartitionNumber: request.storageSetPartitionNumber,
  });
  const zoneId = await chooseZone(request, call, region);
  const words = await readDiskWords(
    call,
    { wire: '', regionId: region.regionId },
    { ...request, category: request.diskCategory },
    'cloud',
    {
      category: 'InvalidDataDiskCategory.NotSupported',
      name: 'InvalidDiskName.Malformed',
      description: 'InvalidDescription.Malformed',
    },
  );
  const { resourceGroupId = '' } = request;
  if (resourceGroupId !== '' && !isResourceGroupId(resourceGroupId)) throw call.error('InvalidResourceGroup.NotFound');
  const snapshot = await chooseSnapshot(request, call, region.regionId, words.category);
  const encryption = await diskEncryption(call, region.regionId, request, snapshot);
  refuseEncryptedEphemeral(call, words.category, encryption);
  const id = call.ids.resource('d', region.idInfix);
  const row: DiskRow = {
    ...words,
    id,
    accountId: call.accountId,
    regionId: region.regionId,
    zoneId,
    type: 'data',
    sizeGib: chooseSize(request, call, words, snapshot),
    status: 'Creating',
    instanceId: null,
    device: null,
    imageId: null,
    sourceSnapshotId: snapshot?.id ?? null,
    deleteWithInstance: 0,
    deleteAutoSnapshot: 1,
    enableAutoSnapshot: 1,
    portable: 1,
    ...encryption,
    chargeType: 'PostPaid',
    productCode: snapshot?.productCode ?? null,
    serialNumber: id.slice(2),
    resourceGroupId,
    everAttached: 0,
    createdAt: call.clock.now(),
    attachedAt: null,
    detachedAt: null,
    pendingSizeGib: null,
    volumeId: call.ids.text(20),
    ...diskBase(snapshot),
    lastRoot: null,
  };
  await insertDisks(call.db, [row]);
  await saveTags(call, { resourceType: 'disk', resourceId: id, regionId: region.regionId }, request.tag);
  await call.enqueue('createDisks', { diskIds: [id] }, { regionId: region.regionId, resourceId: id });
  return { diskId: id };
});

/** Only the two kinds of ESSD attach to several instances, and here none does. */
function refuseMultiAttach({ multiAttach, instanceId, diskCategory = 'cloud' }: Request, call: Call): void {
  if (oneOf(call, multiAttach, ['Enabled', 'Disabled'], 'InvalidParameter.MultiAttach') !== 'Enabled') return;
  if (instanceId !== undefined) throw call.error('InvalidParameter.MultiAttachAndInstanceIdConflict');
  if (diskCategory !== 'cloud_essd' && diskCategory !== 'cloud_auto') {
    throw call.error('InvalidParameter.DiskCategoryAndMultiAttachNotMatch');
  }
  refuseUnbuilt(call, { 'MultiAttach=Enabled': true });
}

/** A disk stands in a zone, or is bought for a subscription instance: exactly one of the two is named. */
async function chooseZone(request: Request, call: Call, region: Region): Promise<string> {
  const { zoneId, instanceId } = request;
  if ((zoneId === undefined) === (instanceId === undefined)) {
    throw call.error('InvalidParam.ZoneIdAndInstanceId.Conflict');
  }
  if (zoneId === undefined) {
    const instance = await findInstance(call.db, call.accountId, instanceId!);
    if (!instance) throw call.error('InvalidInstanceId.NotFound');
    throw call.error('ChargeTypeViolation', { hint: 'InstanceId names a subscription instance; use ZoneId.' });
  }
  if (!region.zones.includes(zoneId)) throw call.error('InvalidZoneId.NotFound');
  return zoneId;
}

async function chooseSnapshot(
  { snapshotId }: Request,
  call: Call,
  regionId: string,
  category: string,
): Promise<SnapshotRow | null> {
  if (snapshotId === undefined) return null;
  const snapshot = await findSnapshot(call.db, call.accountId, snapshotId);
  if (snapshot?.regionId !== regionId) throw call.error('InvalidSnapshotId.NotFound');
  if (snapshot.status === 'progressing') throw call.error('InvalidSnapshot.NotReady');
  if (!allows(snapshotCan.createDisk, snapshot.status)) throw call.error('InvalidSnapshotId.NotReady');
  // What a marketplace image's system disk holds is licensed to be one.
  if (snapshot.sourceDiskType === 'system' && snapshot.productCode !== null) {
    throw call.error('InvalidSnapshotId.NotDataDiskSnapshot');
  }
  if (isEphemeral(category)) throw call.error('OperationDenied.SnapshotNotAllowed');
  return snapshot;
}

/** The larger of Size and the snapshot's, within what the category allows. */
function chooseSize(
  { size }: Request,
  call: Call,
  words: { category: string; performanceLevel: string | null },
  snapshot: SnapshotRow | null,
): number {
  const range = diskSizes(words, 'data')!;
  if (size === undefined && !snapshot) throw call.error('MissingParameter', { about: 'either "SnapshotId" or "Size"' });
  const wanted = size ?? range.min;
  if (words.performanceLevel === 'PL0' && wanted < range.min)
    throw call.error('InvalidDiskSize.TooSmall', { about: 'PL0' });
  if (hasPerformanceLevel(words.category) && wanted >= 1 && wanted < range.min) {
    throw call.error('OperationDenied.PerformanceLevelNotMatch');
  }
  const sizeGib = Math.max(wanted, snapshot?.sourceDiskSizeGib ?? 0);
  if (wanted < range.min || sizeGib > range.max) {
    throw call.error('InvalidDataDiskSize.ValueNotSupported', {
      about: 'beyond the permitted range',
      hint: `${words.category} holds ${range.min} to ${range.max} GiB.`,
    });
  }
  return sizeGib;
}
