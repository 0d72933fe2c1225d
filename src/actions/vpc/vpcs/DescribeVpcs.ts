import { action } from '../../action.ts';
import { describeVpcs } from '../../vpcs.ts';

export const DescribeVpcs = action('Vpc', 'DescribeVpcs', { access: 'read' }, describeVpcs);
