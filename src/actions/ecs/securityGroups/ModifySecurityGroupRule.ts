import { action } from '../../action.ts';
import { modify } from './changeRules.ts';

export const ModifySecurityGroupRule = action(
  'Ecs',
  'ModifySecurityGroupRule',
  { access: 'write', appliesNetwork: true, required: ['securityGroupId'] },
  (request, call) => modify(call, request, 'ingress'),
);
