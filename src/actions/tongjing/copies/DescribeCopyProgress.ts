import { model } from '../../../contract/model.ts';
import { findOwnImage } from '../../../records/tables/images.ts';
import { countTasksBefore, listTasks } from '../../../records/tables/jobs.ts';
import { TASK_STATUS } from '../../../rules/tasks.ts';
import { ownAction } from '../../action.ts';

/**
 * How fast a copy goes and how long it takes yet, for which the cloud's own tasks have no fields. `ImageId` is the target. Bytes are of the
 * disks' whole size, most of which takes no time where it is empty or there already; of the queue the caller sees its own tasks.
 */
export const DescribeCopyProgress = ownAction(
  'Tongjing',
  'DescribeCopyProgress',
  {
    request: model({ regionId: 'string', imageId: 'string' }),
    response: model({
      imageId: 'string',
      taskId: 'string',
      taskStatus: 'string',
      percent: 'number',
      bytesMoved: 'number',
      bytesTotal: 'number',
      bytesPerSecond: 'number',
      queuePosition: 'number',
      remainingSeconds: 'number',
    }),
    access: 'read',
    required: ['imageId'],
  },
  async (request, call) => {
    const { accountId } = call;
    const { regionId } = call.region(request.regionId);
    const { imageId } = request;
    const image = await findOwnImage(call.db, { accountId, regionId }, imageId);
    if (!image || image.deletedAt !== null) throw call.error('InvalidImageId.NotFound');
    const filter = { accountId, regionId, resourceIds: [imageId], taskAction: 'CopyImage' };
    const { rows } = await listTasks(call.db, filter, { offset: 0, size: 1 });
    const [task] = rows;
    if (!task) throw call.error('ImageCreatedNotFromCopy');

    const { status, doneBytes, totalBytes, startedAt, finishedAt } = task;
    const seconds = startedAt === null ? 0 : ((finishedAt ?? call.clock.now()) - startedAt) / 1000;
    const bytesPerSecond = seconds > 0 ? Math.round(doneBytes / seconds) : 0;
    const isUnderWay = status === 'running' && bytesPerSecond > 0;
    return {
      imageId,
      taskId: task.id,
      taskStatus: TASK_STATUS[status],
      percent: task.progress,
      bytesMoved: doneBytes,
      bytesTotal: totalBytes,
      bytesPerSecond,
      queuePosition: status === 'waiting' ? await countTasksBefore(call.db, task) : 0,
      // Unknown while nothing has moved.
      ...(isUnderWay && { remainingSeconds: Math.ceil((totalBytes - doneBytes) / bytesPerSecond) }),
    };
  },
);
