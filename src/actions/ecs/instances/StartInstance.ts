import { action } from '../../action.ts';
import { ownInstance } from './ownInstance.ts';
import { start } from './power.ts';

export const StartInstance = action(
  'Ecs',
  'StartInstance',
  { access: 'write', required: ['instanceId'] },
  async (request, call) => {
    const row = await ownInstance(call, request.instanceId);
    await start(call, row);
    return {};
  },
);
