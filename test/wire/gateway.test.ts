import assert from 'node:assert/strict';
import { test } from 'node:test';
import ecs from '@alicloud/ecs20140526';
import { createWorld } from '../world.ts';

test('the official SDK is answered', async () => {
  await using world = await createWorld();
  const { body } = await world.ecs().describeRegions(new ecs.DescribeRegionsRequest({ acceptLanguage: 'en-US' }));
  assert.match(body!.requestId!, /^[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}$/);
  assert.ok(body!.regions!.region!.some((region) => region.regionId === 'cn-hangzhou'));
});
