import { groupsOfInstance, removeMember } from '../../../records/tables/securityGroups.ts';
import { action } from '../../action.ts';
import { needGroup } from './group.ts';
import { needMember } from './membership.ts';

export const LeaveSecurityGroup = action(
  'Ecs',
  'LeaveSecurityGroup',
  { access: 'write', appliesNetwork: true, required: ['securityGroupId'] },
  async (request, call) => {
    const group = await needGroup(call, request);
    const instance = await needMember(call, request, group.regionId);
    const groups = await groupsOfInstance(call.db, instance.id);
    if (!groups.includes(group.id)) {
      const text = 'The specified instance is not in the specified security group';
      throw call.error('InvalidSecurityGroupAssociation.NotFound', { values: [text] });
    }
    if (groups.length === 1) throw call.error('InstanceLastSecurityGroup');
    await removeMember(call.db, group.id, instance.id);
    return {};
  },
);
