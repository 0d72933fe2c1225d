// uj1_il5: a released instance's data comes back from its image: by a new instance, or by replacement.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BEIJING, contentOf, createLifeWorld } from './world.ts';

test('uj1_il5: the data of a released instance, from its image, twice', async () => {
  await using life = await createLifeWorld();
  const alice = await life.tenant('alice');
  const base = await life.image(contentOf('base'));
  const { instanceId, diskIds } = await alice.run(base);
  const data = contentOf('years of work');
  await life.write(diskIds[0]!, 9_000_000, data);
  const imageId = await alice.createImage({ instanceId });
  await alice.release(instanceId);

  const fresh = await alice.run(imageId);
  assert.deepEqual(await life.read(fresh.diskIds[0]!, 9_000_000, data.length), data);

  const other = await alice.run(base);
  await life.write(other.diskIds[0]!, 20_000_000, contentOf('what is lost by it'));
  await alice.stop(other.instanceId);
  const diskId = await alice.replaceSystem(other.instanceId, imageId);
  assert.deepEqual(await life.read(diskId, 9_000_000, data.length), data);
  assert.deepEqual(await life.read(diskId, 20_000_000, 4096), Buffer.alloc(4096));

  const baseThere = await life.image(contentOf('base'), { regionId: BEIJING, name: 'there' });
  const far = await alice.run(baseThere, await alice.network(BEIJING));
  await alice.stop(far.instanceId);
  await life.refuses('InvalidImageId.NotFound', 404, () => alice.replaceSystem(far.instanceId, imageId));
});
