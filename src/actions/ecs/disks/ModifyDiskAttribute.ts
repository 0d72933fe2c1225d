import type { RequestOf } from '../../../contract/sdk.ts';
import { updateDisk, type DiskRow } from '../../../records/tables/disks.ts';
import { isEphemeral } from '../../../rules/diskCategories.ts';
import { isDescription, isResourceName } from '../../../rules/names.ts';
import { allows, diskCan } from '../../../rules/states.ts';
import type { Flag } from '../../../records/schema.ts';
import { action } from '../../action.ts';
import type { Call } from '../../call.ts';
import { refuseUnbuilt } from '../../unbuilt.ts';
import { incorrectDiskStatus, ownDisk } from './ownDisk.ts';

type Request = RequestOf<'Ecs', 'ModifyDiskAttribute'>;

const DISKS_AT_MOST = 100;

export const ModifyDiskAttribute = action('Ecs', 'ModifyDiskAttribute', { access: 'write' }, async (request, call) => {
  const change = readChange(request, call);
  for (const id of readIds(request, call)) {
    const disk = await ownDisk(call, id);
    if (request.regionId !== undefined && disk.regionId !== call.region(request.regionId).regionId) {
      throw call.error('InvalidDiskId.NotFound');
    }
    if (!allows(diskCan.modify, disk.status)) throw incorrectDiskStatus(call, disk);
    // Such a disk could not live on alone.
    const isBound = isEphemeral(disk.category) || (disk.category === 'cloud' && !disk.portable);
    if (change.deleteWithInstance === 0 && isBound) throw call.error('DiskNotPortable');
    await updateDisk(call.db, disk.id, change);
  }
  return {};
});

function readIds({ diskId, diskIds = [] }: Request, call: Call): string[] {
  const hint = `Either DiskId or DiskIds.N, up to ${DISKS_AT_MOST}, must be specified.`;
  if ((diskId === undefined) === (diskIds.length === 0)) throw call.error('IncompleteParamter', { hint });
  if (diskIds.length > DISKS_AT_MOST) throw call.error('IncompleteParamter', { hint });
  return diskId === undefined ? [...new Set(diskIds)] : [diskId];
}

function readChange(request: Request, call: Call): Partial<DiskRow> {
  refuseUnbuilt(call, { BurstingEnabled: request.burstingEnabled });
  const { diskName, description } = request;
  if (diskName !== undefined && !isResourceName(diskName)) throw call.error('InvalidDiskName.Malformed');
  if (description !== undefined && !isDescription(description)) throw call.error('InvalidDescription.Malformed');
  const flag = (value: boolean | undefined): Flag | undefined => (value === undefined ? undefined : value ? 1 : 0);
  const change: Partial<DiskRow> = {
    ...(diskName !== undefined && { name: diskName }),
    ...(description !== undefined && { description }),
    ...given('deleteWithInstance', flag(request.deleteWithInstance)),
    ...given('deleteAutoSnapshot', flag(request.deleteAutoSnapshot)),
    ...given('enableAutoSnapshot', flag(request.enableAutoSnapshot)),
  };
  if (Object.keys(change).length === 0 && request.burstingEnabled === undefined) {
    throw call.error('NoAttributeToModify');
  }
  return change;
}

const given = (column: string, value: Flag | undefined) => (value === undefined ? {} : { [column]: value });
