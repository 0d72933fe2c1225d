// cv1_g3x: a custom image can be the new system of another instance too, wholly overwriting its system disk.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { contentOf, createLifeWorld } from './world.ts';

test('cv1_g3x: the image of one instance becomes the system of another', async () => {
  await using life = await createLifeWorld();
  const alice = await life.tenant('alice');
  const system = contentOf('the first system');
  const first = await alice.run(await life.image(system));
  const imageId = await alice.createImage({ instanceId: first.instanceId });
  const other = await alice.run(await life.image(contentOf('another system', 6 * 1024 ** 2), { name: 'other' }));
  await life.write(other.diskIds[0]!, 30_000_000, contentOf('data on it'));
  await alice.stop(other.instanceId);

  const diskId = await alice.replaceSystem(other.instanceId, imageId);

  assert.deepEqual(await life.read(diskId, 0, system.length), system);
  // What lay behind: none of the other system, none of its data.
  for (const offset of [system.length, 4 * 1024 ** 2, 30_000_000]) {
    assert.deepEqual(await life.read(diskId, offset, 1024 ** 2), Buffer.alloc(1024 ** 2));
  }
  assert.deepEqual(await life.read(first.diskIds[0]!, 0, system.length), system);
});
