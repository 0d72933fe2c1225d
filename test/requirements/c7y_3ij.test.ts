// c7y_3ij: a snapshot rolls back only its own disk; for another instance a disk is created from it and attached.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import sdk from '@alicloud/ecs20140526';
import { contentOf, createLifeWorld, HANGZHOU } from './world.ts';

test('c7y_3ij: data of a released instance comes to another as a disk of its snapshot', async () => {
  await using life = await createLifeWorld();
  const alice = await life.tenant('alice');
  const base = await life.image(contentOf('the system'));
  const dataDisk = [
    new sdk.RunInstancesRequestDataDisk({ size: 20, category: 'cloud_essd', deleteWithInstance: true }),
  ];
  const first = await alice.run(base, { dataDisk });
  const data = contentOf('the data');
  await life.write(first.diskIds[1]!, 0, data);
  const snapshotId = await alice.snapshot(first.diskIds[1]!);

  // On its own disk it works.
  await life.write(first.diskIds[1]!, 0, contentOf('a mistake'));
  await alice.stop(first.instanceId);
  await alice.ecs.resetDisk(new sdk.ResetDiskRequest({ diskId: first.diskIds[1], snapshotId }));
  await life.settled();
  assert.deepEqual(await life.read(first.diskIds[1]!, 0, data.length), data);
  await alice.ecs.deleteInstance(new sdk.DeleteInstanceRequest({ instanceId: first.instanceId }));
  await life.settled();

  const second = await alice.run(base, { dataDisk });
  await alice.stop(second.instanceId);
  await life.refuses('InvalidParameter.Mismatch', 403, () =>
    alice.ecs.resetDisk(new sdk.ResetDiskRequest({ diskId: second.diskIds[1], snapshotId })),
  );
  const { body: described } = await alice.ecs.describeDisks(
    new sdk.DescribeDisksRequest({ regionId: HANGZHOU, instanceId: second.instanceId }),
  );
  const { zoneId } = described!.disks!.disk![0]!;
  const create = async (size: number) => {
    const { body } = await alice.ecs.createDisk(
      new sdk.CreateDiskRequest({
        regionId: HANGZHOU,
        zoneId,
        diskCategory: 'cloud_essd',
        snapshotId,
        size,
      }),
    );
    await life.settled();
    return body!.diskId!;
  };
  for (const size of [20, 30]) {
    const diskId = await create(size);
    await alice.ecs.attachDisk(new sdk.AttachDiskRequest({ instanceId: second.instanceId, diskId }));
    await life.settled();
    assert.ok((await alice.disksOf(second.instanceId)).includes(diskId));
    assert.deepEqual(await life.read(diskId, 0, data.length), data);
  }

  // Its snapshot goes by force alone; the disks of it run on, and can't be what they were at first any more.
  await life.refuses('SnapshotCreatedDisk', 403, () =>
    alice.ecs.deleteSnapshot(new sdk.DeleteSnapshotRequest({ snapshotId })),
  );
  await alice.ecs.deleteSnapshot(new sdk.DeleteSnapshotRequest({ snapshotId, force: true }));
  const disks = await alice.disksOf(second.instanceId);
  await life.refuses('InvalidSourceSnapshot', 403, () =>
    alice.ecs.reInitDisk(new sdk.ReInitDiskRequest({ diskId: disks.at(-1) })),
  );
  assert.deepEqual(await life.read(disks.at(-1)!, 0, data.length), data);
});
