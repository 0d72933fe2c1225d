// b21_zhx: a custom image can be the new system at replacement; the disk is wholly overwritten.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { contentOf, createLifeWorld } from './world.ts';

test('b21_zhx: an instance goes back to the custom image that was made of it, and nothing later is left', async () => {
  await using life = await createLifeWorld();
  const alice = await life.tenant('alice');
  const system = contentOf('the system');
  const { instanceId, diskIds } = await alice.run(await life.image(system));
  const imageId = await alice.createImage({ instanceId });
  for (const offset of [0, 30_000_000, 20 * 1024 ** 3 - 1024 ** 2 * 3]) {
    await life.write(diskIds[0]!, offset, contentOf('written later'));
  }
  await alice.stop(instanceId);

  const diskId = await alice.replaceSystem(instanceId, imageId);

  assert.deepEqual(await life.read(diskId, 0, system.length), system);
  for (const offset of [30_000_000, 20 * 1024 ** 3 - 1024 ** 2 * 3]) {
    assert.deepEqual(await life.read(diskId, offset, system.length), Buffer.alloc(system.length));
  }
});
