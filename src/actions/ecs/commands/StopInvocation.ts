import { findInvocation, runsOf, updateRun } from '../../../records/tables/invocations.ts';
import { isOver } from '../../../rules/commands.ts';
import { quotas } from '../../../rules/quotas.ts';
import { action } from '../../action.ts';

/** On all of its instances, or on some. What is over stays as it is. */
export const StopInvocation = action(
  'Ecs',
  'StopInvocation',
  { access: 'write', required: ['invokeId'] },
  async (request, call) => {
    const { regionId } = call.region(request.regionId);
    const found = await findInvocation(call.db, { accountId: call.accountId, regionId }, request.invokeId);
    if (found?.kind !== 'command') throw call.error('InvalidInvokeId.NotFound');
    const ids = request.instanceId;
    if (ids && ids.length > quotas.fileInstancesOfCall) throw call.error('InstanceIds.ExceedLimit');
    const runs = (await runsOf(call.db, [found.id])).get(found.id)!;
    if (ids?.some((id) => !runs.some(({ instanceId }) => instanceId === id)))
      throw call.error('InvalidInstance.NotFound');
    for (const run of runs) {
      if (isOver(run.status) || (ids && !ids.includes(run.instanceId))) continue;
      await updateRun(call.db, run, { status: 'Stopping', updatedAt: call.clock.now() });
    }
    return {};
  },
);
