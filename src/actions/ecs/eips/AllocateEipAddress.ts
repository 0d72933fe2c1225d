import { action } from '../../action.ts';
import { allocateEipAddress } from '../../eips.ts';

export const AllocateEipAddress = action('Ecs', 'AllocateEipAddress', { access: 'write' }, allocateEipAddress);
