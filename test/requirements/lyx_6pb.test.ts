// lyx_6pb: a data-disk snapshot is no system disk of an image; the five-step way moves data-disk content to another account.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import sdk from '@alicloud/ecs20140526';
import { contentOf, createLifeWorld, HANGZHOU } from './world.ts';

test('lyx_6pb: data of a data disk reaches another account by an image of the whole instance', async () => {
  await using life = await createLifeWorld();
  const [alice, bob] = [await life.tenant('alice'), await life.tenant('bob')];
  const { instanceId, diskIds } = await alice.run(await life.image(contentOf('the system')), {
    dataDisk: [new sdk.RunInstancesRequestDataDisk({ size: 20, category: 'cloud_essd' })],
  });
  const data = contentOf('data of alice');
  await life.write(diskIds[1]!, 0, data);
  const snapshotId = await alice.snapshot(diskIds[1]!);
  await life.refuses('OperationDenied', 403, () => alice.createImage({ snapshotId }));
  const mapping = new sdk.CreateImageRequestDiskDeviceMapping({ snapshotId, diskType: 'system' });
  await life.refuses('UserNotInTheWhiteList', 403, () => alice.createImage({ diskDeviceMapping: [mapping] }));

  // 1. an image of the instance, 2. shared, 3. an instance of it over there,
  const imageId = await alice.createImage({ instanceId });
  await alice.share(imageId, bob);
  const theirs = await bob.run(imageId);
  // 4. a snapshot of its data disk, 5. the instance released.
  const moved = await bob.snapshot(theirs.diskIds[1]!);
  await bob.ecs.deleteInstance(new sdk.DeleteInstanceRequest({ instanceId: theirs.instanceId, force: true }));
  await life.settled();
  assert.deepEqual(await life.read(moved, 0, data.length), data);

  // What the first account does later changes nothing there.
  await alice.ecs.modifyImageSharePermission(
    new sdk.ModifyImageSharePermissionRequest({ regionId: HANGZHOU, imageId, removeAccount: [bob.accountId] }),
  );
  await alice.ecs.deleteImage(new sdk.DeleteImageRequest({ regionId: HANGZHOU, imageId, force: true }));
  const { body } = await bob.ecs.createDisk(
    new sdk.CreateDiskRequest({
      regionId: HANGZHOU,
      zoneId: `${HANGZHOU}-h`,
      diskCategory: 'cloud_essd',
      snapshotId: moved,
    }),
  );
  await life.settled();
  assert.deepEqual(await life.read(body!.diskId!, 0, data.length), data);
});
