import { action } from '../../action.ts';
import { associateEipAddress } from '../../eips.ts';

export const AssociateEipAddress = action(
  'Vpc',
  'AssociateEipAddress',
  { access: 'write', required: ['allocationId', 'instanceId'] },
  associateEipAddress,
);
