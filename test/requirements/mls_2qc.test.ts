// mls_2qc: a shared image works in its own region only.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BEIJING, contentOf, createLifeWorld } from './world.ts';

test('mls_2qc: a shared image works in its region, and not in another', async () => {
  await using life = await createLifeWorld();
  const alice = await life.tenant('alice');
  const bob = await life.tenant('bob');
  const content = contentOf('shared');
  const { instanceId } = await alice.run(await life.image(content));
  const imageId = await alice.createImage({ instanceId });
  await alice.share(imageId, bob);
  const there = await bob.network(BEIJING);
  await life.refuses('InvalidImageId.NotFound', 404, () => bob.run(imageId, there));
  const { diskIds } = await bob.run(imageId);
  assert.deepEqual(await life.read(diskIds[0]!, 0, content.length), content);
});
