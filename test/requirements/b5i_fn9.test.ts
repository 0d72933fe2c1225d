// b5i_fn9: same account: copy. Other account: copy to the region, then share.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BEIJING, contentOf, createLifeWorld } from './world.ts';

test('b5i_fn9: within an account by copying, to another by copying and sharing', async () => {
  await using life = await createLifeWorld();
  const alice = await life.tenant('alice');
  const bob = await life.tenant('bob');
  const content = contentOf('to be moved');
  const { instanceId } = await alice.run(await life.image(content));
  const imageId = await alice.createImage({ instanceId });
  const copyId = await alice.copyImage({ imageId, destinationRegionId: BEIJING });
  const own = await alice.run(copyId, await alice.network(BEIJING));
  assert.deepEqual(await life.read(own.diskIds[0]!, 0, content.length), content);

  const there = await bob.network(BEIJING);
  await life.refuses('InvalidImageId.NotFound', 404, () => bob.run(copyId, there));
  await alice.share(copyId, bob, BEIJING);
  const his = await bob.run(copyId, there);
  assert.deepEqual(await life.read(his.diskIds[0]!, 0, content.length), content);
});
