import { action } from '../../action.ts';
import { modifyVpcAttribute } from '../../vpcs.ts';

export const ModifyVpcAttribute = action(
  'Vpc',
  'ModifyVpcAttribute',
  { access: 'write', required: ['vpcId'] },
  modifyVpcAttribute,
);
