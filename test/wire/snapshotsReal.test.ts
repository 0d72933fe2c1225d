import assert from 'node:assert/strict';
import { test } from 'node:test';
import sdk from '@alicloud/ecs20140526';
import { BEIJING, contentOf, createLifeWorld, HANGZHOU } from '../requirements/world.ts';

/** On real disks, byte by byte. */

test('a group rolls the disks of an instance back together, and its members make disks in another region', async () => {
  await using life = await createLifeWorld();
  const alice = await life.tenant('alice');
  const { instanceId, diskIds } = await alice.run(await life.image(contentOf('the system')), {
    systemDisk: new sdk.RunInstancesRequestSystemDisk({ category: 'cloud_essd' }),
    dataDisk: [new sdk.RunInstancesRequestDataDisk({ size: 20, category: 'cloud_essd' })],
  });
  const good = [contentOf('a good system'), contentOf('good data')];
  for (const [index, id] of diskIds.entries()) await life.write(id, 0, good[index]!);
  const { body: made } = await alice.ecs.createSnapshotGroup(
    new sdk.CreateSnapshotGroupRequest({ regionId: HANGZHOU, instanceId }),
  );
  await life.settled();
  for (const id of diskIds) await life.write(id, 0, contentOf(`broken ${id}`));
  await alice.stop(instanceId);
  const { body: found } = await alice.ecs.describeSnapshotGroups(
    new sdk.DescribeSnapshotGroupsRequest({ regionId: HANGZHOU, snapshotGroupId: [made!.snapshotGroupId!] }),
  );
  const members = found!.snapshotGroups!.snapshotGroup![0]!.snapshots!.snapshot!;
  await alice.ecs.resetDisks(
    new sdk.ResetDisksRequest({
      regionId: HANGZHOU,
      disk: members.map(
        ({ sourceDiskId: diskId, snapshotId }) => new sdk.ResetDisksRequestDisk({ diskId, snapshotId }),
      ),
    }),
  );
  await life.settled();
  for (const [index, id] of diskIds.entries()) {
    assert.deepEqual(await life.read(id, 0, good[index]!.length), good[index]);
  }

  const data = members.find(({ sourceDiskId }) => sourceDiskId === diskIds[1])!.snapshotId!;
  for (const encrypted of [false, true]) {
    const { body: copied } = await alice.ecs.copySnapshot(
      new sdk.CopySnapshotRequest({
        regionId: HANGZHOU,
        snapshotId: data,
        destinationRegionId: BEIJING,
        destinationSnapshotName: 'copy',
        destinationSnapshotDescription: 'good data',
        ...(encrypted && { encrypted }),
      }),
    );
    await life.settled();
    const { body: disk } = await alice.ecs.createDisk(
      new sdk.CreateDiskRequest({
        regionId: BEIJING,
        zoneId: `${BEIJING}-h`,
        diskCategory: 'cloud_essd',
        snapshotId: copied!.snapshotId,
      }),
    );
    await life.settled();
    assert.deepEqual(await life.read(disk!.diskId!, 0, good[1]!.length), good[1], `encrypted: ${encrypted}`);
  }
});

test('usage counts what an account changed, whoever else has the same', async () => {
  await using life = await createLifeWorld();
  const base = await life.image(contentOf('the system'));
  const usage = async (name: string) => {
    const tenant = await life.tenant(name);
    const { diskIds } = await tenant.run(base);
    await life.write(diskIds[0]!, 0, contentOf('the same in both'));
    await tenant.snapshot(diskIds[0]!);
    const { body } = await tenant.ecs.describeSnapshotsUsage(
      new sdk.DescribeSnapshotsUsageRequest({ regionId: HANGZHOU }),
    );
    return [body!.snapshotCount, body!.snapshotSize];
  };
  const first = await usage('alice');
  assert.ok(first[1]! > 0);
  assert.deepEqual(await usage('bob'), first);
});
