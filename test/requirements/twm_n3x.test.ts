// twm_n3x: an image works in its own region only; after CopyImage the copy works there.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BEIJING, contentOf, createLifeWorld } from './world.ts';

test('twm_n3x: an image works in its region, and its copy in the other', async () => {
  await using life = await createLifeWorld();
  const alice = await life.tenant('alice');
  const content = contentOf('the first system');
  const { instanceId } = await alice.run(await life.image(content));
  const imageId = await alice.createImage({ instanceId });
  const network = await alice.network(BEIJING);

  await life.refuses('InvalidImageId.NotFound', 404, () => alice.run(imageId, network));

  const copyId = await alice.copyImage({ imageId, destinationRegionId: BEIJING });
  const { diskIds } = await alice.run(copyId, network);
  assert.deepEqual(await life.read(diskIds[0]!, 0, content.length), content);
});
