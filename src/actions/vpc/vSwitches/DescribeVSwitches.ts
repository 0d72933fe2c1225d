import { action } from '../../action.ts';
import { describeVSwitches } from '../../vSwitches.ts';

export const DescribeVSwitches = action('Vpc', 'DescribeVSwitches', { access: 'read' }, describeVSwitches);
