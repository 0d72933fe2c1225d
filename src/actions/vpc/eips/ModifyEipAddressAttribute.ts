import { action } from '../../action.ts';
import { modifyEipAddressAttribute } from '../../eips.ts';

export const ModifyEipAddressAttribute = action(
  'Vpc',
  'ModifyEipAddressAttribute',
  { access: 'write', required: ['allocationId'] },
  modifyEipAddressAttribute,
);
