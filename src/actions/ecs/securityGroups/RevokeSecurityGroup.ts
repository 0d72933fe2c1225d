import { action } from '../../action.ts';
import { revoke } from './changeRules.ts';

export const RevokeSecurityGroup = action(
  'Ecs',
  'RevokeSecurityGroup',
  { access: 'write', appliesNetwork: true, required: ['securityGroupId'] },
  (request, call) => revoke(call, request, 'ingress'),
);
