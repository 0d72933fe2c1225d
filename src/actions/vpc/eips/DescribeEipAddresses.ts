import { action } from '../../action.ts';
import { describeEipAddresses } from '../../eips.ts';

export const DescribeEipAddresses = action('Vpc', 'DescribeEipAddresses', { access: 'read' }, describeEipAddresses);
