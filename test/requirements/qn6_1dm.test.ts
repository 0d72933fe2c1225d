// qn6_1dm: removing account A’s share: A no longer finds the image, can’t create or replace with it, and A’s existing instances can’t re-initialise.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import sdk from '@alicloud/ecs20140526';
import { contentOf, createLifeWorld } from './world.ts';
import { reInit, statusOf, unshare } from './sharing.ts';

test('qn6_1dm: without its share an account has nothing of the image but its instances', async () => {
  await using life = await createLifeWorld();
  const owner = await life.tenant('owner');
  const alice = await life.tenant('alice');
  const content = contentOf('shared');
  const base = await life.image(content);
  const source = await owner.run(base);
  const imageId = await owner.createImage({ instanceId: source.instanceId });
  await owner.share(imageId, alice);
  const { instanceId, diskIds } = await alice.run(imageId);
  const other = await alice.run(base);
  await alice.stop(other.instanceId);

  await unshare(owner, imageId, alice);
  assert.equal(await alice.seesImage(imageId), undefined);
  await life.refuses('InvalidImageId.NotFound', 404, () => alice.run(imageId));
  const replace = new sdk.ReplaceSystemDiskRequest({ instanceId: other.instanceId, imageId });
  await life.refuses('InvalidImageId.NotFound', 404, () => alice.ecs.replaceSystemDisk(replace));
  assert.equal(await statusOf(alice, instanceId), 'Running');
  assert.deepEqual(await life.read(diskIds[0]!, 0, content.length), content);
  await alice.stop(instanceId);
  await life.refuses('SharedImageDeleted', 403, () => reInit(alice, diskIds[0]!));
});
