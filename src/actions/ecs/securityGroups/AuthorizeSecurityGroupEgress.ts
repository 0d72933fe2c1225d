import { action } from '../../action.ts';
import { authorize } from './changeRules.ts';

export const AuthorizeSecurityGroupEgress = action(
  'Ecs',
  'AuthorizeSecurityGroupEgress',
  { access: 'write', appliesNetwork: true, required: ['securityGroupId'] },
  (request, call) => authorize(call, request, 'egress'),
);
