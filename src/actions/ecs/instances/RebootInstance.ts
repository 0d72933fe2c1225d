import { action } from '../../action.ts';
import { ownInstance } from './ownInstance.ts';
import { reboot } from './power.ts';

export const RebootInstance = action(
  'Ecs',
  'RebootInstance',
  { access: 'write', required: ['instanceId'] },
  async (request, call) => {
    const row = await ownInstance(call, request.instanceId);
    await reboot(call, row, request.forceStop ?? false);
    return {};
  },
);
