import { action } from '../../action.ts';
import { launch } from './launch.ts';

export const RunInstances = action('Ecs', 'RunInstances', { access: 'write' }, async (request, call) => ({
  instanceIdSets: { instanceIdSet: await launch(call, request, { start: true, publicIps: true }) },
}));
