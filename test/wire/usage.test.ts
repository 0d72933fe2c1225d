import assert from 'node:assert/strict';
import { test } from 'node:test';
import sdk from '@alicloud/ecs20140526';
import { createImageWorld, type ImageWorld, type Party } from './imageWorld.ts';
import { goRequest, send } from './rawClient.ts';
import { tongjingClient } from './tongjingClient.ts';

interface UsageLine {
  Kind: string;
  ImageId: string;
  SnapshotId: string;
}

const PLACE = { regionId: 'cn-hangzhou', destinationRegionId: 'cn-beijing' };

async function usage({ world }: ImageWorld, party: Party, RegionId: string): Promise<UsageLine[]> {
  const { UsageLines } = await tongjingClient(world, party)<{ UsageLines: UsageLine[] }>('ListUsage', { RegionId });
  return UsageLines.sort((left, right) => (left.Kind < right.Kind ? -1 : 1));
}

test('a copy within a region holds, but does not travel', async () => {
  await using world = await createImageWorld();
  const alice = await world.party();
  const bob = await world.party();
  const imageId = await world.image(alice);
  await world.share(imageId, bob);
  const request = { ...PLACE, destinationRegionId: 'cn-hangzhou', imageId };
  const { body } = await bob.ecs.copyImage(new sdk.CopyImageRequest(request));
  await world.world.settled();
  const lines = await usage(world, bob, 'cn-hangzhou');
  assert.deepEqual(
    lines.map(({ Kind, ImageId }) => [Kind, ImageId]),
    [['SnapshotCapacity', body!.imageId]],
  );
  assert.deepEqual(await usage(world, alice, 'cn-hangzhou'), []);
});

test('a copied snapshot is counted as an image’s are', async () => {
  await using world = await createImageWorld();
  const alice = await world.party();
  const request = new sdk.CopySnapshotRequest({
    ...PLACE,
    snapshotId: await world.snapshot(alice),
    destinationSnapshotName: 'copy',
    destinationSnapshotDescription: 'of a snapshot',
  });
  const { body } = await alice.ecs.copySnapshot(request);
  await world.world.settled();
  const { snapshotId } = body!;
  assert.deepEqual(
    (await usage(world, alice, 'cn-beijing')).map(({ Kind, ImageId, SnapshotId }) => [Kind, ImageId, SnapshotId]),
    [
      ['CopyTraffic', '', snapshotId],
      ['SnapshotCapacity', '', snapshotId],
    ],
  );
});

test('a copy that was cancelled, or failed, is not counted', async () => {
  await using world = await createImageWorld();
  const alice = await world.party();
  world.world.plane.failNext('copy', new Error('broken'));
  await alice.ecs.copyImage(new sdk.CopyImageRequest({ ...PLACE, imageId: await world.image(alice) }));
  await world.world.settled();
  const release = world.world.plane.hold('copy');
  const { body } = await alice.ecs.copyImage(new sdk.CopyImageRequest({ ...PLACE, imageId: await world.image(alice) }));
  await alice.ecs.cancelCopyImage(new sdk.CancelCopyImageRequest({ regionId: 'cn-beijing', imageId: body!.imageId! }));
  release();
  await world.world.settled();
  assert.deepEqual(await usage(world, alice, 'cn-beijing'), []);
});

test('usage of no region, and pages that there are none of, are refused', async () => {
  await using world = await createImageWorld();
  const alice = await world.party();
  const cases: [string, number, string, Record<string, string>][] = [
    ['InvalidRegionId.NotFound', 404, 'ListUsage', { RegionId: 'cn-nowhere' }],
    ['InvalidParameter', 400, 'ListUsage', { PageSize: '0' }],
    ['InvalidRegionId.NotFound', 404, 'DescribeCopyProgress', { RegionId: 'cn-nowhere', ImageId: 'm-1' }],
    ['MissingImageId', 400, 'DescribeCopyProgress', {}],
  ];
  for (const [code, status, action, parameters] of cases) {
    const raw = goRequest(alice, { action, version: '2026-11-01', parameters });
    const answer = await send(world.world.endpoint, raw);
    assert.deepEqual([answer.status, answer.json['Code']], [status, code], action);
  }
});
