import { action } from '../../action.ts';
import { modifyVpcAttribute } from '../../vpcs.ts';

export const ModifyVpcAttribute = action(
  'Ecs',
  'ModifyVpcAttribute',
  { access: 'write', required: ['vpcId'] },
  modifyVpcAttribute,
);
