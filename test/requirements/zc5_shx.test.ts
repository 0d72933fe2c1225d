// zc5_shx: neither custom images nor instances made from them change when the source expires or its data is released.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import sdk from '@alicloud/ecs20140526';
import { contentOf, createLifeWorld } from './world.ts';

const HOUR_MS = 3600_000;

test('zc5_shx: the image and its instances stay as they are when the source changes, and when its time is over', async () => {
  await using life = await createLifeWorld();
  const alice = await life.tenant('alice');
  const content = contentOf('base');
  const autoReleaseTime = new Date(life.world.parts.clock.now() + HOUR_MS).toISOString().replace(/\.\d+/, '');
  const source = await alice.run(await life.image(content), { autoReleaseTime });
  const imageId = await alice.createImage({ instanceId: source.instanceId });
  const { instanceId, diskIds } = await alice.run(imageId);
  const own = contentOf('of the second instance');
  await life.write(diskIds[0]!, 8_000_000, own);

  await life.write(source.diskIds[0]!, 0, contentOf('changed afterwards'));
  life.world.advance(2 * HOUR_MS);
  await life.settled();

  await assert.rejects(life.read(source.diskIds[0]!, 0, 4096), /NotFound/);
  assert.deepEqual(await life.read(imageId, 0, content.length), content);
  assert.deepEqual(await life.read(diskIds[0]!, 0, content.length), content);
  assert.deepEqual(await life.read(diskIds[0]!, 8_000_000, own.length), own);

  await alice.stop(instanceId);
  await alice.ecs.reInitDisk(new sdk.ReInitDiskRequest({ diskId: diskIds[0]! }));
  await life.settled();
  assert.deepEqual(await life.read(diskIds[0]!, 0, content.length), content);
  assert.deepEqual(await life.read(diskIds[0]!, 8_000_000, 4096), Buffer.alloc(4096));
});
