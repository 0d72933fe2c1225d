import sdk from '@alicloud/ecs20140526';
import type { Party } from '../wire/imageWorld.ts';
import type { Account } from '../world.ts';
import { HANGZHOU } from './world.ts';

export async function share(owner: Party, imageId: string, receiver: Account, regionId = HANGZHOU): Promise<void> {
  await owner.ecs.modifyImageSharePermission(
    new sdk.ModifyImageSharePermissionRequest({ regionId, imageId, addAccount: [receiver.accountId] }),
  );
}

export async function unshare(owner: Party, imageId: string, receiver: Account): Promise<void> {
  await owner.ecs.modifyImageSharePermission(
    new sdk.ModifyImageSharePermissionRequest({ regionId: HANGZHOU, imageId, removeAccount: [receiver.accountId] }),
  );
}

export async function statusOf({ ecs }: Party, instanceId: string): Promise<string> {
  const { body } = await ecs.describeInstances(
    new sdk.DescribeInstancesRequest({ regionId: HANGZHOU, instanceIds: JSON.stringify([instanceId]) }),
  );
  return body!.instances!.instance![0]!.status!;
}

export const reInit = ({ ecs }: Party, diskId: string) => ecs.reInitDisk(new sdk.ReInitDiskRequest({ diskId }));
