// oqq_9z9: international-site data moves to the mainland by copying the image.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { contentOf, createLifeWorld, HANGZHOU } from './world.ts';

const SINGAPORE = 'ap-southeast-1';

test('oqq_9z9: an account of the international site takes a server to the mainland', async () => {
  await using life = await createLifeWorld();
  const irene = await life.tenant('irene', 'international');
  const content = contentOf('a system abroad');
  const base = await life.image(content, { regionId: SINGAPORE });
  const { instanceId } = await irene.run(base, await irene.network(SINGAPORE));
  const imageId = await irene.createImage({ regionId: SINGAPORE, instanceId });

  const copyId = await irene.copyImage({ regionId: SINGAPORE, imageId, destinationRegionId: HANGZHOU });

  const { diskIds } = await irene.run(copyId);
  assert.deepEqual(await life.read(diskIds[0]!, 0, content.length), content);
});
