import { action } from '../../action.ts';
import { deleteVpc } from '../../vpcs.ts';

export const DeleteVpc = action('Vpc', 'DeleteVpc', { access: 'write', required: ['vpcId'] }, deleteVpc);
