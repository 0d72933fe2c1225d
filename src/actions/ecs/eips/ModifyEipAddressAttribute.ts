import { action } from '../../action.ts';
import { modifyEipAddressAttribute } from '../../eips.ts';

export const ModifyEipAddressAttribute = action(
  'Ecs',
  'ModifyEipAddressAttribute',
  { access: 'write', required: ['allocationId', 'bandwidth'] },
  modifyEipAddressAttribute,
);
