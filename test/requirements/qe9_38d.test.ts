// qe9_38d: the refusal “instances of this image still exist” names them, and Force works without touching the running instances.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import sdk from '@alicloud/ecs20140526';
import { contentOf, createLifeWorld, HANGZHOU } from './world.ts';
import { statusOf } from './sharing.ts';

test('qe9_38d: the refusal names the instances, and Force leaves them running', async () => {
  await using life = await createLifeWorld();
  const alice = await life.tenant('alice');
  const content = contentOf('mine');
  const source = await alice.run(await life.image(content));
  const imageId = await alice.createImage({ instanceId: source.instanceId });
  const made = [await alice.run(imageId), await alice.run(imageId)];
  const remove = (force: boolean) =>
    alice.ecs.deleteImage(new sdk.DeleteImageRequest({ regionId: HANGZHOU, imageId, force }));
  const refusal = await life.refuses('ImageUsingByInstance', 403, () => remove(false));
  for (const { instanceId } of made) assert.match(refusal.message, new RegExp(instanceId));
  await remove(true);
  for (const { instanceId, diskIds } of made) {
    assert.equal(await statusOf(alice, instanceId), 'Running');
    assert.deepEqual(await life.read(diskIds[0]!, 0, content.length), content);
  }
});
