import { action } from '../../action.ts';
import { releaseEipAddress } from '../../eips.ts';

export const ReleaseEipAddress = action(
  'Ecs',
  'ReleaseEipAddress',
  { access: 'write', required: ['allocationId'] },
  releaseEipAddress,
);
