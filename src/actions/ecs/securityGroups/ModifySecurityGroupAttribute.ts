import { updateSecurityGroup } from '../../../records/tables/securityGroups.ts';
import { action } from '../../action.ts';
import { checkGroupNames, needGroup } from './group.ts';

export const ModifySecurityGroupAttribute = action(
  'Ecs',
  'ModifySecurityGroupAttribute',
  { access: 'write', required: ['securityGroupId'] },
  async (request, call) => {
    const group = await needGroup(call, request);
    checkGroupNames(call, request);
    await updateSecurityGroup(call.db, group.id, {
      name: request.securityGroupName ?? group.name,
      description: request.description ?? group.description,
    });
    return {};
  },
);
