import { action } from '../../action.ts';
import { revoke } from './changeRules.ts';

export const RevokeSecurityGroupEgress = action(
  'Ecs',
  'RevokeSecurityGroupEgress',
  { access: 'write', appliesNetwork: true, required: ['securityGroupId'] },
  (request, call) => revoke(call, request, 'egress'),
);
