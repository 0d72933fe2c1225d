import type { RequestOf } from '../../../contract/sdk.ts';
import { listTasks, type TaskFilter } from '../../../records/tables/jobs.ts';
import { commaIds } from '../../../rules/idLists.ts';
import { FILTERING_TASK_STATUS } from '../../../rules/tasks.ts';
import { parseTime } from '../../../rules/times.ts';
import { action } from '../../action.ts';
import type { Call } from '../../call.ts';
import { pageFor } from '../../page.ts';
import { taskItem } from './taskItem.ts';

type Request = RequestOf<'Ecs', 'DescribeTasks'>;

export const DescribeTasks = action('Ecs', 'DescribeTasks', { access: 'read' }, async (request, call) => {
  if (request.regionId === undefined) throw call.error('MissingParameter', { about: 'RegionId' });
  const { regionId } = call.region(request.regionId);
  const filter = readFilter(request, call, regionId);
  const page = pageFor(call, request);
  // Nothing here makes task groups.
  const isGroup = request.taskGroupId !== undefined;
  const { rows, total } = isGroup ? { rows: [], total: 0 } : await listTasks(call.db, filter, page);
  return {
    regionId,
    totalCount: total,
    pageNumber: page.number,
    pageSize: page.size,
    taskSet: { task: rows.map((row) => ({ ...taskItem(row), resourceId: row.resourceId })) },
  };
});

function readFilter(request: Request, call: Call, regionId: string): TaskFilter {
  return {
    accountId: call.accountId,
    regionId,
    ids: idsOf(call, request.taskIds),
    resourceIds: request.resourceIds,
    taskAction: request.taskAction,
    statuses: statusesOf(request.taskStatus),
    createdFrom: timeOf(call, request.startTime, 'StartTime'),
    createdTo: timeOf(call, request.endTime, 'EndTime'),
  };
}

/** Other statuses filter nothing, as in the cloud. */
const statusesOf = (text: string | undefined): TaskFilter['statuses'] =>
  Object.entries(FILTERING_TASK_STATUS).find(([status]) => status === text)?.[1];

function idsOf(call: Call, text: string | undefined): string[] | undefined {
  if (text === undefined) return undefined;
  const ids = commaIds(text);
  if (!ids) throw call.error('InvalidParameter', { hint: 'TaskIds names more than 100 tasks.' });
  return ids;
}

function timeOf(call: Call, text: string | undefined, name: string): number | undefined {
  if (text === undefined) return undefined;
  const at = parseTime(text);
  if (at === null)
    throw call.error('InvalidParameter', { hint: `${name} is no time of the form yyyy-MM-ddTHH:mm:ssZ.` });
  return at;
}
