// jeb_xr5: accounts of the three sites share with one another, except images made from marketplace images.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createImageWorld } from '../wire/imageWorld.ts';
import { share } from './sharing.ts';

test('jeb_xr5: sites share with one another, but not what was made from marketplace images', async () => {
  await using world = await createImageWorld();
  const sites = ['china', 'international', 'japan'] as const;
  const parties = await Promise.all(sites.map((site) => world.party(site)));
  for (const owner of parties) {
    const imageId = await world.image(owner);
    const bought = await world.image(owner, { productCode: 'cmjj016572' });
    for (const receiver of parties.filter((party) => party !== owner)) {
      await share(owner, imageId, receiver);
      await world.refuses('InvalidImageId.BidMismatch', 403, () => share(owner, bought, receiver));
    }
  }
  const [china] = parties;
  const neighbour = await world.party('china');
  await share(china!, await world.image(china!, { productCode: 'cmjj016572' }), neighbour);
  assert.equal(sites.length, parties.length);
});
