import { updateSecurityGroup } from '../../../records/tables/securityGroups.ts';
import { readPolicy } from '../../../rules/securityGroupRules.ts';
import { action } from '../../action.ts';
import { needGroup } from './group.ts';

export const ModifySecurityGroupPolicy = action(
  'Ecs',
  'ModifySecurityGroupPolicy',
  { access: 'write', appliesNetwork: true, required: ['securityGroupId', 'innerAccessPolicy'] },
  async (request, call) => {
    const group = await needGroup(call, request);
    const innerAccessPolicy = readPolicy(request.innerAccessPolicy);
    if (!innerAccessPolicy) throw call.error('InvalidPolicy.Malformed');
    if (group.type === 'enterprise' && innerAccessPolicy !== group.innerAccessPolicy) {
      throw call.error('UnsupportedParameter', { hint: 'An advanced security group always isolates its instances.' });
    }
    await updateSecurityGroup(call.db, group.id, { innerAccessPolicy });
    return {};
  },
);
