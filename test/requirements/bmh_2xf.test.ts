// bmh_2xf: what images do and snapshots can't, and the other way round; an image of an instance snapshots all its disks.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import sdk from '@alicloud/ecs20140526';
import { DAY_MS } from '../../src/rules/times.ts';
import { BEIJING, contentOf, createLifeWorld, HANGZHOU } from './world.ts';

test('bmh_2xf: an image makes instances, a snapshot does not; a snapshot stays with its disk and region', async () => {
  await using life = await createLifeWorld();
  const alice = await life.tenant('alice');
  const content = contentOf('the system');
  const { instanceId, diskIds } = await alice.run(await life.image(content), {
    dataDisk: [new sdk.RunInstancesRequestDataDisk({ size: 20, category: 'cloud_essd' })],
  });
  const data = contentOf('the data');
  await life.write(diskIds[1]!, 0, data);
  const snapshotId = await alice.snapshot(diskIds[0]!);
  const ofData = await alice.snapshot(diskIds[1]!);

  await life.refuses('InvalidImageId.NotFound', 404, () => alice.run(snapshotId));
  // An image always holds a system disk, a snapshot may be of a data disk.
  await life.refuses('OperationDenied', 403, () => alice.createImage({ snapshotId: ofData }));

  const imageId = await alice.createImage({ instanceId, imageName: 'whole' });
  const mappings = (await alice.ecs.describeImages(new sdk.DescribeImagesRequest({ regionId: HANGZHOU, imageId })))
    .body!.images!.image![0]!.diskDeviceMappings!.diskDeviceMapping!;
  assert.deepEqual(
    mappings.map(({ type }) => type),
    ['system', 'data'],
  );
  const snapshotIds = JSON.stringify(mappings.map((mapping) => mapping.snapshotId));
  const { body } = await alice.ecs.describeSnapshots(
    new sdk.DescribeSnapshotsRequest({ regionId: HANGZHOU, snapshotIds }),
  );
  assert.deepEqual(
    body!.snapshots!.snapshot!.map((each) => [each.sourceDiskId, each.usage]).sort(),
    diskIds.map((id) => [id, 'image']).sort(),
  );
  const other = await alice.run(await alice.createImage({ snapshotId, imageName: 'system' }));
  assert.deepEqual(await life.read(other.diskIds[0]!, 0, content.length), content);
  const whole = await alice.run(imageId);
  assert.deepEqual(await life.read(whole.diskIds[1]!, 0, data.length), data);

  // It rolls back its own disk alone, and is not known elsewhere.
  await alice.stop(instanceId);
  await alice.stop(other.instanceId);
  const reset = (diskId: string) => alice.ecs.resetDisk(new sdk.ResetDiskRequest({ diskId, snapshotId }));
  await life.refuses('InvalidParameter.Mismatch', 403, () => reset(other.diskIds[0]!));
  await life.write(diskIds[0]!, 0, contentOf('a broken system'));
  await reset(diskIds[0]!);
  await life.settled();
  assert.deepEqual(await life.read(diskIds[0]!, 0, content.length), content);
  await life.refuses('InvalidSnapshotId.NotFound', 404, () => alice.createImage({ snapshotId, regionId: BEIJING }));
});

test('bmh_2xf: a policy makes snapshots of itself', async () => {
  await using life = await createLifeWorld();
  const alice = await life.tenant('alice');
  const content = contentOf('the system');
  const { diskIds } = await alice.run(await life.image(content));
  const { body } = await alice.ecs.createAutoSnapshotPolicy(
    new sdk.CreateAutoSnapshotPolicyRequest({
      regionId: HANGZHOU,
      timePoints: '["3"]',
      repeatWeekdays: '["1","2","3","4","5","6","7"]',
      retentionDays: 7,
    }),
  );
  const { autoSnapshotPolicyId } = body!;
  await alice.ecs.applyAutoSnapshotPolicy(
    new sdk.ApplyAutoSnapshotPolicyRequest({
      regionId: HANGZHOU,
      autoSnapshotPolicyId,
      diskIds: JSON.stringify([diskIds[0]]),
    }),
  );
  life.world.advance(DAY_MS);
  await life.settled();
  const { body: found } = await alice.ecs.describeSnapshots(
    new sdk.DescribeSnapshotsRequest({ regionId: HANGZHOU, snapshotType: 'auto' }),
  );
  const [snapshot] = found!.snapshots!.snapshot!;
  assert.match(snapshot!.snapshotName!, new RegExp(`^auto2\\.0_\\d{8}_${autoSnapshotPolicyId}$`));
  assert.deepEqual(
    [snapshot!.sourceDiskId, snapshot!.status, snapshot!.retentionDays],
    [diskIds[0], 'accomplished', 7],
  );
  assert.deepEqual(await life.read(snapshot!.snapshotId!, 0, content.length), content);
});
