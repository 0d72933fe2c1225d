import { action } from '../../action.ts';
import { describeVpcAttribute } from '../../vpcs.ts';

export const DescribeVpcAttribute = action(
  'Vpc',
  'DescribeVpcAttribute',
  { access: 'read', required: ['vpcId'] },
  describeVpcAttribute,
);
