import type { RequestOf } from '../../../contract/sdk.ts';
import { newSnapshotCopy } from '../../../records/newSnapshot.ts';
import { findSnapshot, hasUnfinishedCopy, insertSnapshots } from '../../../records/tables/snapshots.ts';
import { isDescription, isSnapshotName } from '../../../rules/names.ts';
import { findRegion, type Region } from '../../../rules/regions.ts';
import { isRetentionDays } from '../../../rules/snapshots.ts';
import { allows, snapshotCan } from '../../../rules/states.ts';
import { action } from '../../action.ts';
import type { Call } from '../../call.ts';
import { checkResourceGroup } from '../../resourceGroup.ts';
import { saveTags } from '../../tags.ts';
import { refuseUnbuilt } from '../../unbuilt.ts';
import { encryptionUnder, refuseShutKeys } from '../encryption.ts';
import { scheduleExpiry } from './expiry.ts';

type Request = RequestOf<'Ecs', 'CopySnapshot'>;

/** Into another region. The copy is a snapshot of no disk: disks and images are made from it, nothing is rolled back to it. */
export const CopySnapshot = action(
  'Ecs',
  'CopySnapshot',
  {
    access: 'write',
    required: [
      'regionId',
      'snapshotId',
      'destinationRegionId',
      'destinationSnapshotName',
      'destinationSnapshotDescription',
    ],
  },
  async (request, call) => {
    const from = regionOf(call, request.regionId);
    const to = regionOf(call, request.destinationRegionId);
    checkWords(request, call);
    const { encrypted, KMSKeyId } = request;
    if (!encrypted && KMSKeyId !== undefined) throw call.error('InvalidEncrypted.NotMatchKmsKeyId');
    refuseUnbuilt(call, { Arn: request.arn, DestinationStorageLocationArn: request.destinationStorageLocationArn });
    const source = await findSnapshot(call.db, call.accountId, request.snapshotId);
    if (source?.regionId !== from.regionId) throw call.error('InvalidSnapshotId.NotFound');
    if (to.regionId === from.regionId) throw call.error('InvalidOperation.NotSupportCopyInSameRegion');
    if (!allows(snapshotCan.copy, source.status)) throw call.error('InvalidSnapshotId.NotReady');
    if (source.encrypted && encrypted === false) throw call.error('InvalidEncrypted.NotSupportDecrypt');
    await refuseShutKeys(call, [source]);
    if (await hasUnfinishedCopy(call.db, source, to.regionId)) {
      throw call.error('InvalidOperation.UnfinishedCrossRegionCopy');
    }
    const isEncrypted = encrypted || source.encrypted === 1;
    const copy = {
      ...newSnapshotCopy(source, {
        id: call.ids.resource('s', to.idInfix),
        regionId: to.regionId,
        name: request.destinationSnapshotName,
        description: request.destinationSnapshotDescription,
        retentionDays: request.retentionDays ?? null,
        resourceGroupId: checkResourceGroup(call, request.resourceGroupId),
        createdAt: call.clock.now(),
      }),
      // Keys are a region's: where it goes it is under another.
      ...(isEncrypted && (await encryptionUnder(call, to.regionId, KMSKeyId))),
    };
    await insertSnapshots(call.db, [copy]);
    const { id: snapshotId, regionId } = copy;
    await saveTags(call, { resourceType: 'snapshot', resourceId: snapshotId, regionId }, request.tag);
    await call.enqueue(
      'copySnapshot',
      { snapshotId, sourceSnapshotId: source.id },
      { regionId, resourceId: snapshotId },
    );
    await scheduleExpiry(call, copy);
    return { snapshotId };
  },
);

function regionOf(call: Call, regionId: string): Region {
  const region = findRegion(regionId);
  if (!region) throw call.error('InvalidRegionId.NotExists');
  return region;
}

function checkWords(request: Request, call: Call): void {
  const { destinationSnapshotName: name, destinationSnapshotDescription: description, retentionDays } = request;
  if (!isSnapshotName(name!)) throw call.error('InvalidSnapshotName.Malformed');
  if (!isDescription(description!)) throw call.error('InvalidDescription.Malformed');
  if (retentionDays !== undefined && !isRetentionDays(retentionDays)) {
    throw call.error('InvalidRetentionDays.Malformed');
  }
}
