import type { RequestOf } from '../../../contract/sdk.ts';
import { findDisk } from '../../../records/tables/disks.ts';
import { findInstance } from '../../../records/tables/instances.ts';
import { isEphemeral } from '../../../rules/diskCategories.ts';
import { isDescription, isSnapshotName } from '../../../rules/names.ts';
import { isRetentionDays } from '../../../rules/snapshots.ts';
import { allows, instanceCan } from '../../../rules/states.ts';
import { action } from '../../action.ts';
import type { Call } from '../../call.ts';
import { checkResourceGroup } from '../../resourceGroup.ts';
import { saveTags } from '../../tags.ts';
import { scheduleExpiry } from './expiry.ts';
import { newSnapshots } from './newSnapshots.ts';

type Request = RequestOf<'Ecs', 'CreateSnapshot'>;

export const CreateSnapshot = action(
  'Ecs',
  'CreateSnapshot',
  { access: 'write', required: ['diskId'] },
  async (request, call) => {
    checkTexts(request, call);
    checkCategory(request, call);
    const resourceGroupId = checkResourceGroup(call, request.resourceGroupId);
    const disk = await findDisk(call.db, call.accountId, request.diskId);
    if (!disk) throw call.error('InvalidDiskId.NotFound');
    if (isEphemeral(disk.category)) throw call.error('DiskCategory.OperationNotSupported');
    const instance = disk.instanceId === null ? null : await findInstance(call.db, call.accountId, disk.instanceId);
    if (instance && !allows(instanceCan.createSnapshot, instance.status)) throw call.error('IncorrectInstanceStatus');
    const [snapshot] = await newSnapshots(call, [disk], {
      name: request.snapshotName ?? '',
      description: request.description ?? '',
      retentionDays: request.retentionDays ?? null,
      resourceGroupId,
    });
    const snapshotId = snapshot!.id;
    const { regionId } = disk;
    await saveTags(call, { resourceType: 'snapshot', resourceId: snapshotId, regionId }, request.tag);
    const snapshots = [{ snapshotId, diskId: disk.id }];
    await call.enqueue('createSnapshots', { snapshots, imageId: null }, { regionId, resourceId: snapshotId });
    await scheduleExpiry(call, snapshot!);
    return { snapshotId };
  },
);

function checkTexts({ snapshotName, description, retentionDays }: Request, call: Call): void {
  if (snapshotName !== undefined && !isSnapshotName(snapshotName)) throw call.error('InvalidSnapshotName.Malformed');
  if (description !== undefined && !isDescription(description)) throw call.error('InvalidDescription.Malformed');
  if (retentionDays !== undefined && !isRetentionDays(retentionDays)) {
    throw call.error('InvalidRetentionDays.Malformed');
  }
}

/** Category and InstantAccess are obsolete: taken, checked, and of no effect, since every snapshot here is usable at once. */
function checkCategory(request: Request, call: Call): void {
  const { category, instantAccess, instantAccessRetentionDays: days } = request;
  if (category !== undefined && !['standard', 'flash'].includes(category.toLowerCase())) {
    throw call.error('InvalidSnapshotCategory.Malformed');
  }
  if (category !== undefined && instantAccess) throw call.error('InvalidCategoryAndInstantAccess.Malformed');
  if (days !== undefined && !isRetentionDays(days)) throw call.error('InvalidInstantAccessRetentionDays.Malformed');
  if (request.storageLocationArn !== undefined) throw call.error('InvalidParameter.UnauthorizedStorageLocationArn');
}
