// 5p6_ip2: after its instance was released a snapshot still makes an image, which replaces another instance's system disk.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import sdk from '@alicloud/ecs20140526';
import { contentOf, createLifeWorld } from './world.ts';

test('5p6_ip2: a snapshot of a released instance comes back as the system of another', async () => {
  await using life = await createLifeWorld();
  const alice = await life.tenant('alice');
  const base = await life.image(contentOf('the base'));
  const first = await alice.run(base);
  const content = contentOf('what was lost');
  await life.write(first.diskIds[0]!, 0, content);
  const snapshotId = await alice.snapshot(first.diskIds[0]!);
  await alice.ecs.deleteInstance(new sdk.DeleteInstanceRequest({ instanceId: first.instanceId, force: true }));
  await life.settled();

  const second = await alice.run(base);
  await alice.stop(second.instanceId);
  // There is no disk to roll back any more, and it is not the other one's.
  for (const [code, status, diskId] of [
    ['InvalidDiskId.NotFound', 404, first.diskIds[0]!],
    ['InvalidParameter.Mismatch', 403, second.diskIds[0]!],
  ] as const) {
    await life.refuses(code, status, () => alice.ecs.resetDisk(new sdk.ResetDiskRequest({ diskId, snapshotId })));
  }
  const imageId = await alice.createImage({ snapshotId });
  const { body } = await alice.ecs.replaceSystemDisk(
    new sdk.ReplaceSystemDiskRequest({ instanceId: second.instanceId, imageId }),
  );
  await life.settled();
  assert.deepEqual(await life.read(body!.diskId!, 0, content.length), content);
});
