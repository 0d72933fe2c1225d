import { action } from '../../action.ts';
import { allocateEipAddress } from '../../eips.ts';

export const AllocateEipAddress = action('Vpc', 'AllocateEipAddress', { access: 'write' }, allocateEipAddress);
