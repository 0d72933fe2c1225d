import { action } from '../../action.ts';
import { unassociateEipAddress } from '../../eips.ts';

export const UnassociateEipAddress = action(
  'Vpc',
  'UnassociateEipAddress',
  { access: 'write', required: ['allocationId'] },
  unassociateEipAddress,
);
