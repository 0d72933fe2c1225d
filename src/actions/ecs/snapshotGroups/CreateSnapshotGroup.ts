import type { RequestOf } from '../../../contract/sdk.ts';
import { disksOfInstance, findDisks, type DiskRow } from '../../../records/tables/disks.ts';
import { findInstance, type InstanceRow } from '../../../records/tables/instances.ts';
import { insertSnapshotGroup } from '../../../records/tables/snapshotGroups.ts';
import { isEssd } from '../../../rules/diskCategories.ts';
import { quotas } from '../../../rules/quotas.ts';
import { allows, instanceCan } from '../../../rules/states.ts';
import { action } from '../../action.ts';
import type { Call } from '../../call.ts';
import { checkResourceGroup } from '../../resourceGroup.ts';
import { saveTags } from '../../tags.ts';
import { refuseUnbuilt } from '../../unbuilt.ts';
import { incorrectStatus } from '../instances/incorrectStatus.ts';
import { newSnapshots } from '../snapshots/newSnapshots.ts';
import { checkGroupTexts } from './group.ts';

type Request = RequestOf<'Ecs', 'CreateSnapshotGroup'>;

/** Snapshots of several disks, frozen at one moment: an instance's, all or some, or disks of one zone. */
export const CreateSnapshotGroup = action(
  'Ecs',
  'CreateSnapshotGroup',
  { access: 'write', required: ['regionId'] },
  async (request, call) => {
    const { regionId, idInfix } = call.region(request.regionId);
    const { name = '', description = '' } = request;
    checkGroupTexts(call, request, 'InvalidDescription.Malformed');
    refuseUnbuilt(call, { StorageLocationArn: request.storageLocationArn });
    const resourceGroupId = checkResourceGroup(call, request.resourceGroupId);
    const instance = await findHolder(call, regionId, request.instanceId);
    const disks = await chooseDisks(request, call, regionId, instance);
    for (const disk of disks) await checkDisk(call, disk, instance);
    const id = call.ids.resource('ssg', idInfix);
    const about = { name, description, resourceGroupId };
    const snapshots = await newSnapshots(call, disks, { ...about, retentionDays: null, snapshotGroupId: id });
    await insertSnapshotGroup(call.db, {
      ...about,
      id,
      accountId: call.accountId,
      regionId,
      instanceId: instance?.id ?? null,
      createdAt: call.clock.now(),
    });
    await saveTags(call, { resourceType: 'snapshotgroup', resourceId: id, regionId }, request.tag);
    const members = snapshots.map((snapshot) => ({ snapshotId: snapshot.id, diskId: snapshot.sourceDiskId! }));
    await call.enqueue('createSnapshots', { snapshots: members, imageId: null }, { regionId, resourceId: id });
    return { snapshotGroupId: id };
  },
);

async function findHolder(call: Call, regionId: string, id: string | undefined): Promise<InstanceRow | null> {
  if (id === undefined) return null;
  const instance = await findInstance(call.db, call.accountId, id);
  if (instance?.regionId !== regionId) throw call.error('InvalidInstanceId.NotFound');
  if (!allows(instanceCan.createSnapshot, instance.status)) throw incorrectStatus(call, instance);
  return instance;
}

async function chooseDisks(
  { diskId: wanted, excludeDiskId: excluded }: Request,
  call: Call,
  regionId: string,
  instance: InstanceRow | null,
): Promise<DiskRow[]> {
  if (wanted && excluded)
    throw call.error('InvalidParameter', { hint: 'DiskId and ExcludeDiskId exclude each other.' });
  if (!instance && !wanted) {
    throw call.error('MissingParameter', { about: '%s', values: ['InstanceId or DiskId says of what.'] });
  }
  if (!instance && excluded) throw call.error('InvalidParameter', { hint: 'ExcludeDiskId goes with InstanceId.' });
  const disks = instance ? await disksOfInstance(call.db, instance.id) : await namedDisks(call, regionId, wanted!);
  for (const id of wanted ?? excluded ?? []) {
    if (!disks.some((disk) => disk.id === id)) throw call.error('InvalidDiskId.NotFound');
  }
  const chosen = disks.filter(({ id }) => (wanted ? wanted.includes(id) : !excluded?.includes(id)));
  if (chosen.length === 0) throw call.error('InvalidParameter', { hint: 'No disk is left.' });
  if (chosen.length > quotas.disksOfSnapshotGroup) {
    throw call.error('InvalidParameter', { hint: `A group has at most ${quotas.disksOfSnapshotGroup} disks.` });
  }
  return chosen;
}

async function namedDisks(call: Call, regionId: string, ids: readonly string[]): Promise<DiskRow[]> {
  const disks = (await findDisks(call.db, call.accountId, ids)).filter((disk) => disk.regionId === regionId);
  if (new Set(disks.map(({ zoneId }) => zoneId)).size > 1) {
    throw call.error('DiskId.ValueNotSupported', { hint: 'The disks are not of one zone.' });
  }
  return disks;
}

async function checkDisk(call: Call, disk: DiskRow, holder: InstanceRow | null): Promise<void> {
  if (!isEssd(disk.category)) throw call.error('DiskCategory.OperationNotSupported', { hint: `${disk.id}.` });
  if (holder || disk.instanceId === null) return;
  const instance = await findInstance(call.db, call.accountId, disk.instanceId);
  if (instance && !allows(instanceCan.createSnapshot, instance.status)) throw incorrectStatus(call, instance);
}
