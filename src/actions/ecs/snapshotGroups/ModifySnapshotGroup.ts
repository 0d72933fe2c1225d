import { updateSnapshotGroup } from '../../../records/tables/snapshotGroups.ts';
import { action } from '../../action.ts';
import { checkGroupTexts, ownGroup } from './group.ts';

export const ModifySnapshotGroup = action(
  'Ecs',
  'ModifySnapshotGroup',
  { access: 'write', required: ['regionId', 'snapshotGroupId'] },
  async (request, call) => {
    const { regionId } = call.region(request.regionId);
    const { name, description } = request;
    const group = await ownGroup(call, regionId, request.snapshotGroupId);
    checkGroupTexts(call, request, 'InvalidParameter.Description');
    const change = { ...(name !== undefined && { name }), ...(description !== undefined && { description }) };
    if (Object.keys(change).length > 0) await updateSnapshotGroup(call.db, group.id, change);
    return {};
  },
);
