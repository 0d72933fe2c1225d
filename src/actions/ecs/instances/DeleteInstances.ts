import { findInstance } from '../../../records/tables/instances.ts';
import { action } from '../../action.ts';
import { namedInstances } from './batch.ts';
import { release } from './release.ts';

/** All or none. */
export const DeleteInstances = action(
  'Ecs',
  'DeleteInstances',
  { access: 'write', required: ['instanceId'], dryRunCode: 'DRYRUN.SUCCESS' },
  async (request, call) => {
    for (const { id, row } of await namedInstances(call, request)) {
      if (!row) {
        const isElsewhere = await findInstance(call.db, call.accountId, id);
        if (isElsewhere) throw call.error('InvalidParameter.CrossRegionNotSupport', { hint: id });
        throw call.error('InvalidInstanceId.NotFound', { values: [`The specified InstanceId ${id} does not exist.`] });
      }
      await release(call, row, request);
    }
    return {};
  },
);
