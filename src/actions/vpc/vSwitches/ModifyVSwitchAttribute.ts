import { action } from '../../action.ts';
import { modifyVSwitchAttribute } from '../../vSwitches.ts';

export const ModifyVSwitchAttribute = action(
  'Vpc',
  'ModifyVSwitchAttribute',
  { access: 'write', required: ['vSwitchId'] },
  modifyVSwitchAttribute,
);
