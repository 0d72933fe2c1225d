// kyv_54c: to another account in another region: copy to the region, then share with the account.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BEIJING, contentOf, createLifeWorld } from './world.ts';

test('kyv_54c: the other account starts, in the other region, what was copied there and shared', async () => {
  await using life = await createLifeWorld();
  const alice = await life.tenant('alice');
  const bob = await life.tenant('bob');
  const content = contentOf('the system');
  const { instanceId } = await alice.run(await life.image(content));
  const imageId = await alice.createImage({ instanceId });

  const copyId = await alice.copyImage({ imageId, destinationRegionId: BEIJING });
  assert.equal(await bob.seesImage(copyId, BEIJING), undefined);
  await alice.share(copyId, bob, BEIJING);

  assert.equal((await bob.seesImage(copyId, BEIJING))?.['ImageOwnerAlias'], 'others');
  const { diskIds } = await bob.run(copyId, await bob.network(BEIJING));
  assert.deepEqual(await life.read(diskIds[0]!, 0, content.length), content);
  // The source is not shared by that.
  assert.equal(await bob.seesImage(imageId), undefined);
});
