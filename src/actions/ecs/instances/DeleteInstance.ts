import { action } from '../../action.ts';
import { ownInstance } from './ownInstance.ts';
import { release } from './release.ts';

export const DeleteInstance = action(
  'Ecs',
  'DeleteInstance',
  { access: 'write', required: ['instanceId'] },
  async (request, call) => {
    await release(call, await ownInstance(call, request.instanceId), request);
    return {};
  },
);
