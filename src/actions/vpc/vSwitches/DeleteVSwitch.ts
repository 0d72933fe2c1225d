import { action } from '../../action.ts';
import { deleteVSwitch } from '../../vSwitches.ts';

export const DeleteVSwitch = action(
  'Vpc',
  'DeleteVSwitch',
  { access: 'write', required: ['vSwitchId'] },
  deleteVSwitch,
);
