import { action } from '../../action.ts';
import { unassociateEipAddress } from '../../eips.ts';

export const UnassociateEipAddress = action(
  'Ecs',
  'UnassociateEipAddress',
  { access: 'write', required: ['allocationId', 'instanceId'] },
  unassociateEipAddress,
);
