import sdk from '@alicloud/ecs20140526';
import type { Party } from '../wire/imageWorld.ts';
import { HANGZHOU } from './world.ts';

/** How far an image is, by the image list and by its task. */
export async function progressOf({ ecs }: Party, imageId: string) {
  const ofImage = new sdk.DescribeImagesRequest({ regionId: HANGZHOU, imageId, status: 'ALL' });
  const image = (await ecs.describeImages(ofImage)).body!.images!.image![0]!;
  const ofTasks = new sdk.DescribeTasksRequest({ regionId: HANGZHOU, resourceIds: [imageId] });
  const task = (await ecs.describeTasks(ofTasks)).body!.taskSet!.task![0]!;
  const ofTask = new sdk.DescribeTaskAttributeRequest({ regionId: HANGZHOU, taskId: task.taskId! });
  const { taskProcess } = (await ecs.describeTaskAttribute(ofTask)).body!;
  return {
    status: image.status,
    percent: image.progress,
    usable: image.usable,
    disks: image.diskDeviceMappings!.diskDeviceMapping!.map(({ progress }) => progress),
    action: task.taskAction,
    task: task.taskStatus,
    taskPercent: taskProcess,
  };
}
