import type { TaskRow } from '../../../records/tables/jobs.ts';
import { allows } from '../../../rules/states.ts';
import { CANCELLABLE_TASK_ACTIONS, TASK_STATUS, taskCan } from '../../../rules/tasks.ts';
import { minutesTime } from '../../../rules/times.ts';

/** What DescribeTasks and DescribeTaskAttribute both show. */
export function taskItem(row: TaskRow) {
  const isCancellable = CANCELLABLE_TASK_ACTIONS.includes(row.taskAction) && allows(taskCan.cancel, row.status);
  return {
    taskId: row.id,
    taskAction: row.taskAction,
    taskStatus: TASK_STATUS[row.status],
    supportCancel: String(isCancellable),
    creationTime: minutesTime(row.createdAt),
    finishedTime: row.finishedAt === null ? '' : minutesTime(row.finishedAt),
  };
}
