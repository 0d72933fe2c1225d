import { action } from '../../action.ts';
import { authorize } from './changeRules.ts';

export const AuthorizeSecurityGroup = action(
  'Ecs',
  'AuthorizeSecurityGroup',
  { access: 'write', appliesNetwork: true, required: ['securityGroupId'] },
  (request, call) => authorize(call, request, 'ingress'),
);
