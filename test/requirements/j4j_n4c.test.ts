// j4j_n4c: only own custom images are copied: public, marketplace and shared-to-me images are refused.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import sdk from '@alicloud/ecs20140526';
import { createImageWorld, type Party } from '../wire/imageWorld.ts';

test('j4j_n4c: into another region go own custom images alone', async () => {
  await using world = await createImageWorld();
  const alice = await world.party();
  const bob = await world.party();
  const copy = async (party: Party, imageId: string) => {
    const request = { regionId: 'cn-hangzhou', imageId, destinationRegionId: 'cn-beijing' };
    return (await party.ecs.copyImage(new sdk.CopyImageRequest(request))).body!.imageId;
  };
  const own = await world.image(alice);
  const open = await world.image(world.operator, { kind: 'system' });
  const product = await world.image(world.operator, { kind: 'marketplace', productCode: 'cmjj02' });
  await world.share(own, bob);

  await world.refuses('Forbbiden', 403, () => copy(alice, open));
  await world.refuses('OperationDenied.NotAuthorized', 403, () => copy(alice, product));
  // Within its region a shared image can be copied, as the current API has it.
  await world.refuses('OperationDenied.SameRegionOnly', 403, () => copy(bob, own));
  await world.refuses('InvalidImageId.NotFound', 404, async () => copy(await world.party(), own));
  assert.ok(await copy(alice, own));
});
