import { action } from '../../action.ts';
import { ownInstance } from './ownInstance.ts';
import { stop } from './power.ts';

export const StopInstance = action(
  'Ecs',
  'StopInstance',
  { access: 'write', required: ['instanceId'] },
  async (request, call) => {
    const row = await ownInstance(call, request.instanceId);
    await stop(call, row, request);
    return {};
  },
);
