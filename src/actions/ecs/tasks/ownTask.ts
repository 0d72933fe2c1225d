import { listTasks, type TaskRow } from '../../../records/tables/jobs.ts';
import type { Call } from '../../call.ts';

/** The caller's task in the region; RegionId and TaskId are both mandatory. */
export async function ownTask(call: Call, request: { regionId?: string; taskId?: string }): Promise<TaskRow> {
  if (request.regionId === undefined) throw call.error('MissingParameter', { about: 'RegionId' });
  if (request.taskId === undefined) throw call.error('MissingParameter', { about: 'TaskId' });
  const { regionId } = call.region(request.regionId);
  const filter = { accountId: call.accountId, regionId, ids: [request.taskId] };
  const { rows } = await listTasks(call.db, filter, { offset: 0, size: 1 });
  if (!rows[0]) throw call.error('InvalidTaskId.NotFound');
  return rows[0];
}
