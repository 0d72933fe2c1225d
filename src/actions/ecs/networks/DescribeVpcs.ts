import { action } from '../../action.ts';
import { describeVpcs } from '../../vpcs.ts';

export const DescribeVpcs = action('Ecs', 'DescribeVpcs', { access: 'read' }, describeVpcs);
