import { action } from '../../action.ts';
import { modify } from './changeRules.ts';

export const ModifySecurityGroupEgressRule = action(
  'Ecs',
  'ModifySecurityGroupEgressRule',
  { access: 'write', appliesNetwork: true, required: ['securityGroupId'] },
  (request, call) => modify(call, request, 'egress'),
);
