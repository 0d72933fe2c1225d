import { action } from '../../action.ts';
import { describeVSwitches } from '../../vSwitches.ts';

export const DescribeVSwitches = action('Ecs', 'DescribeVSwitches', { access: 'read' }, describeVSwitches);
