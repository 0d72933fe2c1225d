import { countMembers, deleteSecurityGroup, isAuthorizedElsewhere } from '../../../records/tables/securityGroups.ts';
import { action } from '../../action.ts';
import { deleteTags } from '../../tags.ts';
import { needGroup } from './group.ts';

export const DeleteSecurityGroup = action(
  'Ecs',
  'DeleteSecurityGroup',
  { access: 'write', required: ['securityGroupId'] },
  async (request, call) => {
    const group = await needGroup(call, request);
    if ((await countMembers(call.db, [group.id])).has(group.id)) {
      throw call.error('DependencyViolation', { about: 'instance(s)' });
    }
    if (await isAuthorizedElsewhere(call.db, group.id)) {
      throw call.error('DependencyViolation', { about: 'authorized in another' });
    }
    await deleteTags(call.db, 'securitygroup', [group.id]);
    await deleteSecurityGroup(call.db, group.id);
    return {};
  },
);
