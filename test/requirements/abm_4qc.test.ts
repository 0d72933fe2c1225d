// abm_4qc: only the owner can share: re-sharing is refused.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createImageWorld } from '../wire/imageWorld.ts';
import { share } from './sharing.ts';

test('abm_4qc: who received an image can not share it', async () => {
  await using world = await createImageWorld();
  const [alice, bob, carol] = [await world.party(), await world.party(), await world.party()];
  const imageId = await world.image(alice);
  await share(alice, imageId, bob);
  await world.refuses('InvalidImageId.NotFound', 404, () => share(bob, imageId, carol));
  await share(alice, imageId, carol);
  assert.equal((await world.row('images', imageId))!.accountId, alice.accountId);
});
