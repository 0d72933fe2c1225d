// ovb_trx: an instance's image can be changed by replacing its system disk; the old system disk's data is gone.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import sdk from '@alicloud/ecs20140526';
import { contentOf, createLifeWorld, HANGZHOU } from './world.ts';

test('ovb_trx: another system in place of the first, whose data is gone', async () => {
  await using life = await createLifeWorld();
  const alice = await life.tenant('alice');
  const next = contentOf('the next system');
  const { instanceId, diskIds } = await alice.run(await life.image(contentOf('the first system')));
  const [firstDisk] = diskIds;
  await life.write(firstDisk!, 5_000_000, contentOf('data of the first'));
  await alice.stop(instanceId);
  const nextImage = await life.image(next, { name: 'next' });

  const { Verdict, Risks } = await life.explain(alice, {
    Verb: 'replace',
    ResourceId: nextImage,
    InstanceId: instanceId,
  });
  assert.equal(Verdict, true);
  assert.match(Risks[0]!, /^The old system disk is released with all that is on it: take a snapshot of it first/);
  const diskId = await alice.replaceSystem(instanceId, nextImage);

  assert.notEqual(diskId, firstDisk);
  assert.deepEqual(await alice.disksOf(instanceId), [diskId]);
  assert.deepEqual(await life.read(diskId, 0, next.length), next);
  assert.deepEqual(await life.read(diskId, 5_000_000, 4096), Buffer.alloc(4096));
  const ask = new sdk.DescribeInstancesRequest({ regionId: HANGZHOU, instanceIds: JSON.stringify([instanceId]) });
  const [instance] = (await alice.ecs.describeInstances(ask)).body!.instances!.instance!;
  assert.deepEqual([instance!.imageId, instance!.status], [nextImage, 'Stopped']);

  const disks = new sdk.DescribeDisksRequest({ regionId: HANGZHOU, diskIds: JSON.stringify([firstDisk]) });
  assert.equal((await alice.ecs.describeDisks(disks)).body!.totalCount, 0);
  await assert.rejects(life.read(firstDisk!, 0, 4096), /NotFound/);
});
