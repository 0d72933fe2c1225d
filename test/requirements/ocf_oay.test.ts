// ocf_oay: releasing an instance keeps manual snapshots and deletes automatic ones, per disk setting.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import sdk from '@alicloud/ecs20140526';
import { DAY_MS } from '../../src/rules/times.ts';
import { contentOf, createLifeWorld, HANGZHOU } from './world.ts';

test('ocf_oay: manual snapshots outlive the instance, automatic ones only where the disk says so', async () => {
  await using life = await createLifeWorld();
  const alice = await life.tenant('alice');
  const content = contentOf('the system');
  const { instanceId, diskIds } = await alice.run(await life.image(content), {
    dataDisk: [new sdk.RunInstancesRequestDataDisk({ size: 20, category: 'cloud_essd', deleteWithInstance: true })],
  });
  const [system, data] = diskIds as [string, string];
  const { body } = await alice.ecs.createAutoSnapshotPolicy(
    new sdk.CreateAutoSnapshotPolicyRequest({
      regionId: HANGZHOU,
      timePoints: '["0"]',
      repeatWeekdays: '["1","2","3","4","5","6","7"]',
      retentionDays: -1,
    }),
  );
  await alice.ecs.applyAutoSnapshotPolicy(
    new sdk.ApplyAutoSnapshotPolicyRequest({
      regionId: HANGZHOU,
      autoSnapshotPolicyId: body!.autoSnapshotPolicyId,
      diskIds: JSON.stringify(diskIds),
    }),
  );
  for (const [diskId, deleteAutoSnapshot] of [
    [system, true],
    [data, false],
  ] as const) {
    await alice.ecs.modifyDiskAttribute(new sdk.ModifyDiskAttributeRequest({ diskId, deleteAutoSnapshot }));
  }
  life.world.advance(DAY_MS);
  await life.settled();
  const manual = await alice.snapshot(system);

  const snapshots = async () => {
    const found = await alice.ecs.describeSnapshots(new sdk.DescribeSnapshotsRequest({ regionId: HANGZHOU }));
    return found.body!.snapshots!.snapshot!.map((each) => `${each.sourceDiskId} ${each.snapshotType}`).sort();
  };
  assert.deepEqual(await snapshots(), [`${data} auto`, `${system} auto`, `${system} user`].sort());
  await alice.ecs.deleteInstance(new sdk.DeleteInstanceRequest({ instanceId, force: true }));
  await life.settled();
  assert.deepEqual(await snapshots(), [`${data} auto`, `${system} user`].sort());
  assert.deepEqual(await life.read(manual, 0, content.length), content);
});
