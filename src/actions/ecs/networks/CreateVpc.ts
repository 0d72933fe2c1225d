import { action } from '../../action.ts';
import { createVpc } from '../../vpcs.ts';

export const CreateVpc = action('Ecs', 'CreateVpc', { access: 'write' }, createVpc);
