import { action } from '../../action.ts';
import { modifyVSwitchAttribute } from '../../vSwitches.ts';

export const ModifyVSwitchAttribute = action(
  'Ecs',
  'ModifyVSwitchAttribute',
  { access: 'write', required: ['vSwitchId'] },
  modifyVSwitchAttribute,
);
