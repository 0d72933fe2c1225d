import { action } from '../../action.ts';
import { describeVSwitchAttributes } from '../../vSwitches.ts';

export const DescribeVSwitchAttributes = action(
  'Vpc',
  'DescribeVSwitchAttributes',
  { access: 'read', required: ['vSwitchId'] },
  describeVSwitchAttributes,
);
