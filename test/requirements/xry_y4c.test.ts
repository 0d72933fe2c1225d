// xry_y4c: an account receives up to 100 shared images; the 101st is refused.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createImageWorld } from '../wire/imageWorld.ts';
import { share } from './sharing.ts';

test('xry_y4c: the 101st shared image is refused', async () => {
  await using world = await createImageWorld();
  const alice = await world.party();
  const bob = await world.party();
  const carol = await world.party();
  for (let count = 0; count < 50; count++) await share(alice, await world.image(alice), bob);
  // From two owners, in two regions: they count together.
  for (let count = 0; count < 50; count++) {
    await share(carol, await world.image(carol, { regionId: 'cn-beijing' }), bob, 'cn-beijing');
  }
  const oneMore = await world.image(alice);
  await world.refuses('QuotaExceed.ShareImage', 403, () => share(alice, oneMore, bob));
  await share(alice, oneMore, carol);
  const first = await world.row('images', oneMore);
  assert.equal(first!.accountId, alice.accountId);
});
