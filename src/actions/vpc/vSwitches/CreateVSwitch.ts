import { action } from '../../action.ts';
import { createVSwitch } from '../../vSwitches.ts';

export const CreateVSwitch = action(
  'Vpc',
  'CreateVSwitch',
  { access: 'write', required: ['vpcId', 'zoneId', 'cidrBlock'] },
  createVSwitch,
);
