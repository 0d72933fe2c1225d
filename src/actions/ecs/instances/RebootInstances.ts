import { action } from '../../action.ts';
import { forEachInstance } from './batch.ts';
import { reboot } from './power.ts';

export const RebootInstances = action(
  'Ecs',
  'RebootInstances',
  { access: 'write', dryRunCode: 'DRYRUN.SUCCESS' },
  (request, call) => forEachInstance(call, request, (row) => reboot(call, row, request.forceReboot ?? false)),
);
