import { action } from '../../action.ts';
import { createVpc } from '../../vpcs.ts';

export const CreateVpc = action('Vpc', 'CreateVpc', { access: 'write' }, createVpc);
