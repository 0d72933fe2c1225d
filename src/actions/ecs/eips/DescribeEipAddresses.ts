import { action } from '../../action.ts';
import { describeEipAddresses } from '../../eips.ts';

export const DescribeEipAddresses = action('Ecs', 'DescribeEipAddresses', { access: 'read' }, describeEipAddresses);
