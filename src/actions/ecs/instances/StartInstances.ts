import { action } from '../../action.ts';
import { forEachInstance } from './batch.ts';
import { start } from './power.ts';

export const StartInstances = action(
  'Ecs',
  'StartInstances',
  { access: 'write', dryRunCode: 'DRYRUN.SUCCESS' },
  (request, call) => forEachInstance(call, request, (row) => start(call, row)),
);
