// wnw_26f: cloning a server: stop, snapshot system and data disks, image of the snapshots, instance of the image.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import sdk from '@alicloud/ecs20140526';
import { tongjing } from '../planner/commands.ts';
import { contentOf, createLifeWorld, HANGZHOU } from './world.ts';

test('wnw_26f: the clone has the data of every disk, at the same size or larger', async () => {
  await using life = await createLifeWorld();
  const alice = await life.tenant('alice');
  const dataDisk = [40, 60].map((size) => new sdk.RunInstancesRequestDataDisk({ size, category: 'cloud_essd' }));
  const server = await alice.run(await life.image(contentOf('system')), { dataDisk });
  const contents = ['system, changed', 'first data', 'second data'].map((seed) => contentOf(seed));
  for (const [index, content] of contents.entries()) await life.write(server.diskIds[index]!, 0, content);

  await alice.stop(server.instanceId);
  const snapshotIds = [];
  for (const diskId of server.diskIds) snapshotIds.push(await alice.snapshot(diskId));
  const imageId = await alice.createImage({
    diskDeviceMapping: snapshotIds.map((snapshotId) => new sdk.CreateImageRequestDiskDeviceMapping({ snapshotId })),
  });

  const clone = await alice.run(imageId);
  assert.deepEqual(await sizesOf(clone.diskIds), [40, 40, 60]);
  const larger = await alice.run(imageId, { dataDisk: [of('/dev/xvdb', 50)] });
  assert.deepEqual(await sizesOf(larger.diskIds), [40, 50, 60]);
  for (const { diskIds } of [clone, larger]) {
    for (const [index, content] of contents.entries()) {
      assert.deepEqual(await life.read(diskIds[index]!, 0, content.length), content);
    }
  }
  await life.refuses('InvalidDiskSize.TooSmall', 403, () => alice.run(imageId, { dataDisk: [of('/dev/xvdc', 59)] }));

  const ran = await tongjing(life.world, ['clone', server.instanceId, '--account', alice.accountId, '--yes', '--json']);
  assert.equal(ran.code, 0, ran.err);
  const { instanceIds } = JSON.parse(ran.out) as { instanceIds: string[] };
  const byCommand = await alice.disksOf(instanceIds[0]!);
  assert.deepEqual(await sizesOf(byCommand), [40, 40, 60]);
  for (const [index, content] of contents.entries()) {
    assert.deepEqual(await life.read(byCommand[index]!, 0, content.length), content);
  }

  async function sizesOf(diskIds: string[]) {
    const request = new sdk.DescribeDisksRequest({ regionId: HANGZHOU, diskIds: JSON.stringify(diskIds) });
    const { body } = await alice.ecs.describeDisks(request);
    const sizes = new Map(body!.disks!.disk!.map(({ diskId, size }) => [diskId, size]));
    return diskIds.map((id) => sizes.get(id));
  }
});

const of = (device: string, size: number) => new sdk.RunInstancesRequestDataDisk({ device, size });
