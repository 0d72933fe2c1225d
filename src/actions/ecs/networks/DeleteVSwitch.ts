import { action } from '../../action.ts';
import { deleteVSwitch } from '../../vSwitches.ts';

export const DeleteVSwitch = action(
  'Ecs',
  'DeleteVSwitch',
  { access: 'write', required: ['vSwitchId'] },
  deleteVSwitch,
);
