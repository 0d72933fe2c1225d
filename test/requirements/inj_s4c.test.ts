// inj_s4c: while copying, the source can't be deleted; the target can be cancelled and can't create or replace.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import sdk from '@alicloud/ecs20140526';
import { createImageWorld } from '../wire/imageWorld.ts';
import { BEIJING, HANGZHOU } from './world.ts';

test('inj_s4c: a copy under way holds its source, and is no image yet', async () => {
  await using world = await createImageWorld();
  const alice = await world.party();
  const bob = await world.party();
  const source = await world.image(alice);
  const release = world.world.plane.hold('copy');
  const { body } = await alice.ecs.copyImage(
    new sdk.CopyImageRequest({ regionId: HANGZHOU, imageId: source, destinationRegionId: BEIJING }),
  );
  const imageId = body!.imageId!;
  const { id: instanceId } = await world.instance(alice, { regionId: BEIJING, status: 'Stopped' });
  const refuses = (code: string, status: number, call: () => Promise<unknown>) =>
    world.refuses(code, status, call, { isHeld: true });

  for (const force of [false, true]) {
    await refuses('OperationDenied.ImageCopying', 403, () =>
      alice.ecs.deleteImage(new sdk.DeleteImageRequest({ regionId: HANGZHOU, imageId: source, force })),
    );
  }
  await refuses('OperationDenied.ImageNotValid', 403, () =>
    alice.ecs.runInstances(new sdk.RunInstancesRequest({ regionId: BEIJING, imageId, instanceType: 'ecs.g6.large' })),
  );
  await refuses('OperationDenied.ImageNotValid', 403, () =>
    alice.ecs.replaceSystemDisk(new sdk.ReplaceSystemDiskRequest({ instanceId, imageId })),
  );
  await refuses('OperationDenied.ImageCopying', 403, () =>
    alice.ecs.copyImage(new sdk.CopyImageRequest({ regionId: BEIJING, imageId, destinationRegionId: HANGZHOU })),
  );
  // It can be shared, as Packer does without waiting: the receiver, too, has to wait until it is one.
  await alice.ecs.modifyImageSharePermission(
    new sdk.ModifyImageSharePermissionRequest({ regionId: BEIJING, imageId, addAccount: [bob.accountId] }),
  );
  await refuses('OperationDenied.ImageNotValid', 403, () =>
    bob.ecs.runInstances(new sdk.RunInstancesRequest({ regionId: BEIJING, imageId, instanceType: 'ecs.g6.large' })),
  );

  await alice.ecs.cancelCopyImage(new sdk.CancelCopyImageRequest({ regionId: BEIJING, imageId }));
  release();
  await world.world.settled();
  const ask = new sdk.DescribeImagesRequest({ regionId: BEIJING, imageId, status: 'ALL' });
  for (const { ecs } of [alice, bob]) assert.equal((await ecs.describeImages(ask)).body!.totalCount, 0);
  const { read } = world.world.parts.database;
  const left = await read.selectFrom('snapshots').selectAll().where('regionId', '=', BEIJING).execute();
  assert.deepEqual(left, []);
  await alice.ecs.deleteImage(new sdk.DeleteImageRequest({ regionId: HANGZHOU, imageId: source }));
});
