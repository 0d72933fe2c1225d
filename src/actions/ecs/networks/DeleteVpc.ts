import { action } from '../../action.ts';
import { deleteVpc } from '../../vpcs.ts';

export const DeleteVpc = action('Ecs', 'DeleteVpc', { access: 'write', required: ['vpcId'] }, deleteVpc);
