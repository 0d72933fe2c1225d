// hwh_g4v: Aliyun Linux 2 can be chosen as ImageId at instance creation and at system-disk replacement.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import sdk from '@alicloud/ecs20140526';
import { BEIJING, createCatalogueWorld, diskTag, giveDisk, HANGZHOU, LINUX_17, LINUX_2 } from './catalogue.ts';
import { contentOf, MIB } from './world.ts';

test('hwh_g4v: Aliyun Linux 2 is launched and replaces a system disk, with its own bytes in every region', async () => {
  await using life = await createCatalogueWorld();
  const alice = await life.tenant('alice');
  const [linux2, builtin] = [contentOf('linux 2'), contentOf('built in')];
  await giveDisk(life, linux2, LINUX_2);
  await giveDisk(life, builtin);
  for (const regionId of [HANGZHOU, BEIJING]) {
    assert.equal(await diskTag(alice, LINUX_2, regionId), 'own');
    assert.equal(await diskTag(alice, LINUX_17, regionId), 'builtin');
    const made = await alice.run(LINUX_2, { regionId });
    assert.deepEqual(await life.read(made.diskIds[0]!, 0, 2 * MIB), linux2, regionId);
    const { instanceId, diskIds } = await alice.run(LINUX_17, { regionId });
    assert.deepEqual(await life.read(diskIds[0]!, 0, 2 * MIB), builtin, regionId);
    await alice.stop(instanceId);
    await alice.ecs.replaceSystemDisk(new sdk.ReplaceSystemDiskRequest({ instanceId, imageId: LINUX_2 }));
    await life.settled();
    const [diskId] = await alice.disksOf(instanceId, regionId);
    assert.notEqual(diskId, diskIds[0]);
    assert.deepEqual(await life.read(diskId!, 0, 2 * MIB), linux2, regionId);
    // What instances wrote goes; the image is there again.
    await life.write(diskId!, 0, contentOf('changed'));
    await alice.ecs.reInitDisk(new sdk.ReInitDiskRequest({ diskId }));
    await life.settled();
    assert.deepEqual(await life.read(diskId!, 0, 2 * MIB), linux2, regionId);
  }
  const { body } = await alice.ecs.describeSnapshots(new sdk.DescribeSnapshotsRequest({ regionId: HANGZHOU }));
  assert.equal(body!.totalCount, 0);
});
