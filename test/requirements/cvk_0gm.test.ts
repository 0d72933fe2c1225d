// cvk_0gm: moving a server from account A to account B through an image, end to end.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import sdk from '@alicloud/ecs20140526';
import { contentOf, createLifeWorld } from './world.ts';

test('cvk_0gm: the server of one account is the other’s, with all its disks, and the first lets go of everything', async () => {
  await using life = await createLifeWorld();
  const alice = await life.tenant('alice');
  const bob = await life.tenant('bob');
  const dataDisk = [new sdk.RunInstancesRequestDataDisk({ size: 20, category: 'cloud_essd' })];
  const server = await alice.run(await life.image(contentOf('base')), { dataDisk });
  const contents = ['the environment', 'the application'].map((seed) => contentOf(seed));
  for (const [index, content] of contents.entries()) await life.write(server.diskIds[index]!, 6_000_000, content);

  const imageId = await alice.createImage({ instanceId: server.instanceId });
  await alice.share(imageId, bob);
  const moved = await bob.run(imageId);

  // Bob's own from here on: an image that does not hang on alice's.
  const own = await bob.createImage({ instanceId: moved.instanceId });
  await alice.release(server.instanceId);
  await alice.ecs.deleteImage(new sdk.DeleteImageRequest({ regionId: 'cn-hangzhou', imageId, force: true }));
  await life.settled();
  const again = await bob.run(own);
  for (const { diskIds } of [moved, again]) {
    for (const [index, content] of contents.entries()) {
      assert.deepEqual(await life.read(diskIds[index]!, 6_000_000, content.length), content);
    }
  }
  assert.equal(await alice.seesImage(own), undefined);
});
