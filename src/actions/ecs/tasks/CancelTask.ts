import { allows } from '../../../rules/states.ts';
import { CANCELLABLE_TASK_ACTIONS, taskCan } from '../../../rules/tasks.ts';
import { action } from '../../action.ts';
import { ownTask } from './ownTask.ts';

export const CancelTask = action('Ecs', 'CancelTask', { access: 'write' }, async (request, call) => {
  const task = await ownTask(call, request);
  if (!CANCELLABLE_TASK_ACTIONS.includes(task.taskAction)) throw call.error('InvalidTaskId.TaskActionNotSupport');
  if (!allows(taskCan.cancel, task.status)) throw call.error('InvalidTaskId.IncorrectTaskStatus');
  await call.cancelJobs(task.resourceId);
  return {};
});
