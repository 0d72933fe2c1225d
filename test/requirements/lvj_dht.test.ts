// lvj_dht: an image with instances is deleted only with Force; those instances then can’t re-initialise their disks.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import sdk from '@alicloud/ecs20140526';
import { contentOf, createLifeWorld, HANGZHOU } from './world.ts';
import { reInit, statusOf } from './sharing.ts';

test('lvj_dht: Force deletes an image that instances were made from', async () => {
  await using life = await createLifeWorld();
  const alice = await life.tenant('alice');
  const content = contentOf('mine');
  const source = await alice.run(await life.image(content));
  const imageId = await alice.createImage({ instanceId: source.instanceId });
  const { instanceId, diskIds } = await alice.run(imageId);
  const remove = (force: boolean) =>
    alice.ecs.deleteImage(new sdk.DeleteImageRequest({ regionId: HANGZHOU, imageId, force }));
  await life.refuses('ImageUsingByInstance', 403, () => remove(false));
  await remove(true);
  assert.equal(await alice.seesImage(imageId), undefined);
  assert.equal(await statusOf(alice, instanceId), 'Running');
  assert.deepEqual(await life.read(diskIds[0]!, 0, content.length), content);
  await alice.stop(instanceId);
  await life.refuses('InvalidDiskId.OperationNotSupported', 404, () => reInit(alice, diskIds[0]!));
});
