// pwp_ypc: an image is shared with up to 50 accounts; the 51st is refused.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import sdk from '@alicloud/ecs20140526';
import { createImageWorld } from '../wire/imageWorld.ts';
import { share } from './sharing.ts';

test('pwp_ypc: the 51st account of one image is refused', async () => {
  await using world = await createImageWorld();
  const alice = await world.party();
  const imageId = await world.image(alice);
  for (let count = 0; count < 50; count++) await share(alice, imageId, await world.party());
  const oneMore = await world.party();
  await world.refuses('QuotaExceed.ShareImageUser', 403, () => share(alice, imageId, oneMore));
  const { body } = await alice.ecs.describeImageSharePermission(
    new sdk.DescribeImageSharePermissionRequest({ regionId: 'cn-hangzhou', imageId, pageSize: 100 }),
  );
  assert.equal(body!.totalCount, 50);
  await share(alice, await world.image(alice), oneMore);
});
