// fqt_49s: a shared image can be deleted (after its shares are removed or with Force); receivers’ instances then can’t re-initialise.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import sdk from '@alicloud/ecs20140526';
import { contentOf, createLifeWorld, HANGZHOU } from './world.ts';
import { reInit, statusOf, unshare } from './sharing.ts';

test('fqt_49s: a shared image goes once nobody has it, or by Force', async () => {
  await using life = await createLifeWorld();
  const alice = await life.tenant('alice');
  const bob = await life.tenant('bob');
  const source = await alice.run(await life.image(contentOf('shared')));
  const remove = (imageId: string, force: boolean) =>
    alice.ecs.deleteImage(new sdk.DeleteImageRequest({ regionId: HANGZHOU, imageId, force }));

  const first = await alice.createImage({ instanceId: source.instanceId });
  await alice.share(first, bob);
  await life.refuses('ImageUseShared', 403, () => remove(first, false));
  await unshare(alice, first, bob);
  await remove(first, false);

  const second = await alice.createImage({ instanceId: source.instanceId });
  await alice.share(second, bob);
  const { instanceId, diskIds } = await bob.run(second);
  await remove(second, true);
  assert.equal(await bob.seesImage(second), undefined);
  assert.equal(await statusOf(bob, instanceId), 'Running');
  await bob.stop(instanceId);
  await life.refuses('SharedImageDeleted', 403, () => reInit(bob, diskIds[0]!));
});
