// xny_pqc: the owner still uses a shared image, and images made from it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { contentOf, createLifeWorld } from './world.ts';

test('xny_pqc: a shared image, and an image made from it, still make the owner’s instances', async () => {
  await using life = await createLifeWorld();
  const alice = await life.tenant('alice');
  const bob = await life.tenant('bob');
  const content = contentOf('shared');
  const { instanceId } = await alice.run(await life.image(content));
  const imageId = await alice.createImage({ instanceId });
  await alice.share(imageId, bob);
  const first = await alice.run(imageId);
  assert.deepEqual(await life.read(first.diskIds[0]!, 0, content.length), content);
  const more = contentOf('and more');
  await life.write(first.diskIds[0]!, content.length, more);
  const madeFromIt = await alice.createImage({ instanceId: first.instanceId });
  const second = await alice.run(madeFromIt);
  const whole = Buffer.concat([content, more]);
  assert.deepEqual(await life.read(second.diskIds[0]!, 0, whole.length), whole);
});
