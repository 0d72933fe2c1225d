// j1z_thx: an instance made from a custom image can change its system; the image stays usable.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { contentOf, createLifeWorld } from './world.ts';

test('j1z_thx: the instance gets another system, and its former image makes instances as before', async () => {
  await using life = await createLifeWorld();
  const alice = await life.tenant('alice');
  const custom = contentOf('a custom system');
  const first = await alice.run(await life.image(custom));
  const imageId = await alice.createImage({ instanceId: first.instanceId });
  const { instanceId } = await alice.run(imageId);
  const other = contentOf('another system');
  const otherImage = await life.image(other, { name: 'other' });

  await alice.stop(instanceId);
  const diskId = await alice.replaceSystem(instanceId, otherImage);

  assert.deepEqual(await life.read(diskId, 0, other.length), other);
  assert.equal((await alice.seesImage(imageId))?.['Status'], 'Available');
  const { diskIds } = await alice.run(imageId);
  assert.deepEqual(await life.read(diskIds[0]!, 0, custom.length), custom);
});
