import { action } from '../../action.ts';
import { releaseEipAddress } from '../../eips.ts';

export const ReleaseEipAddress = action(
  'Vpc',
  'ReleaseEipAddress',
  { access: 'write', required: ['allocationId'] },
  releaseEipAddress,
);
