// qbd_ghx: custom images outlive the instance they came from.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { contentOf, createLifeWorld } from './world.ts';

test('qbd_ghx: the image of a released instance makes instances', async () => {
  await using life = await createLifeWorld();
  const alice = await life.tenant('alice');
  const { instanceId, diskIds } = await alice.run(await life.image(contentOf('base')));
  const own = contentOf('what alice put there');
  await life.write(diskIds[0]!, 8_000_000, own);
  const imageId = await alice.createImage({ instanceId });

  await alice.release(instanceId);

  assert.equal((await alice.seesImage(imageId))?.['Status'], 'Available');
  const { diskIds: again } = await alice.run(imageId);
  assert.deepEqual(await life.read(again[0]!, 8_000_000, own.length), own);
  assert.deepEqual(await life.read(again[0]!, 0, own.length), contentOf('base'));
});
