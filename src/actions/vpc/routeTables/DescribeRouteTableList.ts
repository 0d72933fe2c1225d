import { action } from '../../action.ts';
import { describeRouteTableList } from '../../vpcs.ts';

export const DescribeRouteTableList = action(
  'Vpc',
  'DescribeRouteTableList',
  { access: 'read' },
  describeRouteTableList,
);
