// agd_2qc: a shared image does not count against the receiver’s image quota.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import sdk from '@alicloud/ecs20140526';
import { createImageWorld } from '../wire/imageWorld.ts';
import { tongjingClient } from '../wire/tongjingClient.ts';
import { share } from './sharing.ts';

test('agd_2qc: received images leave the quota as it is', async () => {
  await using world = await createImageWorld();
  const alice = await world.party();
  const bob = await world.party();
  const ask = tongjingClient(world.world, world.operator);
  await ask('SetQuota', { AccountId: bob.accountId, QuotaName: 'images', Value: 1 });
  for (let count = 0; count < 3; count++) await share(alice, await world.image(alice), bob);
  const snapshotId = await world.snapshot(bob);
  const create = () => bob.ecs.createImage(new sdk.CreateImageRequest({ regionId: 'cn-hangzhou', snapshotId }));
  await create();
  await world.refuses('QuotaExceed.Image', 403, create);
  const { body } = await bob.ecs.describeImages(new sdk.DescribeImagesRequest({ regionId: 'cn-hangzhou' }));
  assert.equal(body!.totalCount, 4);
});
