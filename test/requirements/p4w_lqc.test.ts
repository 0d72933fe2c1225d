// p4w_lqc: the owner sees and withdraws shares; after the owner deletes the image, the receiver’s instances run on but can’t re-initialise their system disk.
// In part: checking a shared image before its use (publisher, digest, content scan) comes with guests
import assert from 'node:assert/strict';
import { test } from 'node:test';
import sdk from '@alicloud/ecs20140526';
import { contentOf, createLifeWorld, HANGZHOU } from './world.ts';
import { reInit, statusOf, unshare } from './sharing.ts';

test('p4w_lqc: shares are seen and withdrawn; a deleted image leaves the receiver’s instance running', async () => {
  await using life = await createLifeWorld();
  const alice = await life.tenant('alice');
  const bob = await life.tenant('bob');
  const content = contentOf('shared');
  const { instanceId: source } = await alice.run(await life.image(content));
  const imageId = await alice.createImage({ instanceId: source });
  const receivers = async () => {
    const { body } = await alice.ecs.describeImageSharePermission(
      new sdk.DescribeImageSharePermissionRequest({ regionId: HANGZHOU, imageId }),
    );
    return body!.accounts!.account!.map(({ aliyunId }) => aliyunId);
  };
  await alice.share(imageId, bob);
  assert.deepEqual(await receivers(), [bob.accountId]);
  const { instanceId, diskIds } = await bob.run(imageId);
  await reInitWorks();

  await unshare(alice, imageId, bob);
  assert.deepEqual(await receivers(), []);
  await alice.ecs.deleteImage(new sdk.DeleteImageRequest({ regionId: HANGZHOU, imageId }));
  assert.equal(await statusOf(bob, instanceId), 'Running');
  assert.deepEqual(await life.read(diskIds[0]!, 0, content.length), content);
  await bob.stop(instanceId);
  await life.refuses('SharedImageDeleted', 403, () => reInit(bob, diskIds[0]!));

  async function reInitWorks(): Promise<void> {
    await bob.stop(instanceId);
    await life.write(diskIds[0]!, 0, contentOf('own'));
    await reInit(bob, diskIds[0]!);
    await life.settled();
    assert.deepEqual(await life.read(diskIds[0]!, 0, content.length), content);
    await bob.ecs.startInstance(new sdk.StartInstanceRequest({ instanceId }));
    await life.settled();
  }
});
