// d2a_pl9: a second server from the first: image, then instance.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { contentOf, createLifeWorld } from './world.ts';

test('d2a_pl9: the second server begins as the first is, and each goes on alone', async () => {
  await using life = await createLifeWorld();
  const alice = await life.tenant('alice');
  const first = await alice.run(await life.image(contentOf('base')));
  const deployed = contentOf('an application');
  await life.write(first.diskIds[0]!, 7_000_000, deployed);

  const second = await alice.run(await alice.createImage({ instanceId: first.instanceId }));

  assert.deepEqual(await life.read(second.diskIds[0]!, 7_000_000, deployed.length), deployed);
  await life.write(second.diskIds[0]!, 7_000_000, contentOf('its own'));
  assert.deepEqual(await life.read(first.diskIds[0]!, 7_000_000, deployed.length), deployed);
});
