import { action } from '../../action.ts';
import { associateEipAddress } from '../../eips.ts';

export const AssociateEipAddress = action(
  'Ecs',
  'AssociateEipAddress',
  { access: 'write', required: ['allocationId', 'instanceId'] },
  associateEipAddress,
);
