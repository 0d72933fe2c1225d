// nbz_q4c: a copy copies the snapshots, makes the image there, and shows its cost: traffic and capacity, free, metered.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import sdk from '@alicloud/ecs20140526';
import { tongjingClient } from '../wire/tongjingClient.ts';
import { BEIJING, contentOf, createLifeWorld, MIB, type Tenant } from './world.ts';

interface UsageLine {
  Kind: string;
  SnapshotId: string;
  SourceRegionId: string;
  Bytes: number;
  StartTime: string;
  EndTime: string;
  Unit: string;
  UnitPrice: number;
  Price: number;
  Currency: string;
}

test('nbz_q4c: traffic once, capacity as long as the copied snapshots are held, both at no price', async () => {
  await using life = await createLifeWorld();
  const alice = await life.tenant('alice');
  const bob = await life.tenant('bob');
  const usageOf = async (tenant: Tenant, imageId?: string) => {
    const client = tongjingClient(life.world, tenant);
    const wish = { RegionId: BEIJING, ...(imageId && { ImageId: imageId }) };
    return (await client<{ UsageLines: UsageLine[] }>('ListUsage', wish)).UsageLines;
  };
  const base = await life.image(contentOf('base', 2 * MIB));
  const copyOf = async (tenant: Tenant) => {
    const { instanceId, diskIds } = await tenant.run(base);
    await life.write(diskIds[0]!, 50 * MIB, contentOf('the same for both', MIB));
    const imageId = await tenant.createImage({ instanceId });
    return tenant.copyImage({ imageId, destinationRegionId: BEIJING });
  };

  const imageId = await copyOf(alice);
  const copy = await alice.seesImage(imageId, BEIJING);
  const { DiskDeviceMapping } = copy!['DiskDeviceMappings'] as { DiskDeviceMapping: { SnapshotId: string }[] };
  const [{ SnapshotId }] = DiskDeviceMapping as [{ SnapshotId: string }];
  const free = { SnapshotId, SourceRegionId: 'cn-hangzhou', Bytes: 3 * MIB, UnitPrice: 0, Price: 0, Currency: 'CNY' };
  const [traffic, capacity] = byKind(await usageOf(alice, imageId));
  assert.partialDeepStrictEqual(traffic, { ...free, Kind: 'CopyTraffic', Unit: 'GiB', EndTime: traffic!.StartTime });
  assert.partialDeepStrictEqual(capacity, { ...free, Kind: 'SnapshotCapacity', Unit: 'GiB-month', EndTime: '' });

  // What travelled for bob is less, since alice's is there; what he is told of is his own.
  assert.deepEqual(await usageOf(bob), []);
  const [of] = byKind(await usageOf(bob, await copyOf(bob)));
  assert.equal(of!.Bytes, 3 * MIB);
  assert.equal((await usageOf(alice)).length, 2);
  assert.deepEqual(await usageOf(bob, imageId), []);

  life.world.advance(3600_000);
  await alice.ecs.deleteImage(new sdk.DeleteImageRequest({ regionId: BEIJING, imageId }));
  assert.equal(byKind(await usageOf(alice))[1]!.EndTime, '');
  await alice.ecs.deleteSnapshot(new sdk.DeleteSnapshotRequest({ snapshotId: SnapshotId }));
  const [, ended] = byKind(await usageOf(alice));
  // The clock goes on while the calls are made.
  const heldMs = Date.parse(ended!.EndTime) - Date.parse(ended!.StartTime);
  assert.ok(heldMs >= 3600_000 && heldMs < 3660_000, String(heldMs));
});

const byKind = (lines: UsageLine[]) => lines.sort((left, right) => (left.Kind < right.Kind ? -1 : 1));
