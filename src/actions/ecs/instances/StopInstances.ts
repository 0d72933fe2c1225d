import { action } from '../../action.ts';
import { forEachInstance } from './batch.ts';
import { stop } from './power.ts';

export const StopInstances = action(
  'Ecs',
  'StopInstances',
  { access: 'write', dryRunCode: 'DRYRUN.SUCCESS' },
  (request, call) => forEachInstance(call, request, (row) => stop(call, row, request)),
);
