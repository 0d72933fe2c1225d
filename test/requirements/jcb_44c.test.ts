// jcb_44c: every region can be source and target of a copy.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import sdk from '@alicloud/ecs20140526';
import { regions } from '../../src/rules/regions.ts';
import { createImageWorld } from '../wire/imageWorld.ts';

test('jcb_44c: an image travels through every region and comes home', async () => {
  await using world = await createImageWorld();
  const alice = await world.party();
  const ids = regions.map(({ regionId }) => regionId);
  let imageId = await world.image(alice, { regionId: ids[0]! }, []);
  for (const [index, regionId] of ids.entries()) {
    const destinationRegionId = ids[(index + 1) % ids.length]!;
    const request = new sdk.CopyImageRequest({ regionId, imageId, destinationRegionId });
    imageId = (await alice.ecs.copyImage(request)).body!.imageId!;
    await world.world.settled();
    assert.equal((await world.row('images', imageId))!.status, 'Available', `${regionId} to ${destinationRegionId}`);
  }
  assert.equal((await world.row('images', imageId))!.regionId, ids[0]);
});
