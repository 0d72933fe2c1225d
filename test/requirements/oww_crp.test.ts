// oww_crp: another account’s image must be shared first, and holds a system disk only, to replace a system disk.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import sdk from '@alicloud/ecs20140526';
import { contentOf, createLifeWorld } from './world.ts';

test('oww_crp: another’s image replaces a system disk once it is shared, and only without data disks', async () => {
  await using life = await createLifeWorld();
  const alice = await life.tenant('alice');
  const bob = await life.tenant('bob');
  const [content, base] = [contentOf('alice’s'), await life.image(contentOf('base'))];
  const plain = await alice.run(base);
  await life.write(plain.diskIds[0]!, 0, content);
  const systemOnly = await alice.createImage({ instanceId: plain.instanceId });
  const full = await alice.run(base, { dataDisk: [new sdk.RunInstancesRequestDataDisk({ size: 20 })] });
  const withData = await alice.createImage({ instanceId: full.instanceId });
  const { instanceId } = await bob.run(base);
  await bob.stop(instanceId);
  const replace = (imageId: string) =>
    bob.ecs.replaceSystemDisk(new sdk.ReplaceSystemDiskRequest({ instanceId, imageId }));

  await life.refuses('InvalidImageId.NotFound', 404, () => replace(systemOnly));
  await alice.share(systemOnly, bob);
  await alice.share(withData, bob);
  await life.refuses('OperationDenied', 400, () => replace(withData));
  await replace(systemOnly);
  await life.settled();
  const [diskId] = await bob.disksOf(instanceId);
  assert.deepEqual(await life.read(diskId!, 0, content.length), content);
});
