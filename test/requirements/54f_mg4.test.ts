// 54f_mg4: a shared image restores onto a new server: replacement in the same region, copy first otherwise.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import sdk from '@alicloud/ecs20140526';
import { BEIJING, contentOf, createLifeWorld } from './world.ts';

test('54f_mg4: the new server takes over a shared image, with another disk, which old snapshots do not fit', async () => {
  await using life = await createLifeWorld();
  const alice = await life.tenant('alice');
  const bob = await life.tenant('bob');
  const content = contentOf('the server of alice');
  const base = await life.image(contentOf('base'), { name: 'blank' });
  const source = await alice.run(await life.image(content));
  const imageId = await alice.createImage({ instanceId: source.instanceId });
  await alice.share(imageId, bob);

  const server = await bob.run(base);
  const [oldDisk] = server.diskIds;
  const oldSnapshot = await bob.snapshot(oldDisk!);
  const { Remedied, Risks } = await life.explain(bob, {
    Verb: 'replace',
    ResourceId: imageId,
    InstanceId: server.instanceId,
  });
  assert.equal(Remedied, true);
  for (const stated of [/new system disk has another id/, /old system disk cannot roll back the new one/, /is down/]) {
    assert.ok(
      Risks.some((risk) => stated.test(risk)),
      String(stated),
    );
  }
  await life.refuses('IncorrectInstanceStatus', 403, () => bob.replaceSystem(server.instanceId, imageId));
  await bob.stop(server.instanceId);
  const diskId = await bob.replaceSystem(server.instanceId, imageId);

  assert.notEqual(diskId, oldDisk);
  assert.deepEqual(await life.read(diskId, 0, content.length), content);
  await life.refuses('InvalidParameter.Mismatch', 403, () =>
    bob.ecs.resetDisk(new sdk.ResetDiskRequest({ diskId, snapshotId: oldSnapshot })),
  );
});

test('54f_mg4: a server in another region takes over what the owner copied there and shared', async () => {
  await using life = await createLifeWorld();
  const alice = await life.tenant('alice');
  const bob = await life.tenant('bob');
  const content = contentOf('the server of alice');
  const source = await alice.run(await life.image(content));
  const imageId = await alice.createImage({ instanceId: source.instanceId });
  await alice.share(imageId, bob);
  const base = await life.image(contentOf('base'), { regionId: BEIJING, name: 'blank' });
  const server = await bob.run(base, await bob.network(BEIJING));
  await bob.stop(server.instanceId);

  // Without the owner's help he copies twice: what is shared within its region only, then his own.
  const { Reasons } = await life.explain(bob, {
    Verb: 'replace',
    ResourceId: imageId,
    InstanceId: server.instanceId,
  });
  assert.deepEqual(
    Reasons.map(({ Code, Steps }) => [Code, Steps.map(({ Call }) => Call?.Action ?? 'use it')]),
    [
      ['InvalidImageId.NotFound', ['CopyImage', 'use it']],
      ['OperationDenied.SameRegionOnly', ['CopyImage', 'use it']],
    ],
  );
  await life.refuses('InvalidImageId.NotFound', 404, () => bob.replaceSystem(server.instanceId, imageId));
  await life.refuses('OperationDenied.SameRegionOnly', 403, () =>
    bob.copyImage({ imageId, destinationRegionId: BEIJING }),
  );
  const copyId = await alice.copyImage({ imageId, destinationRegionId: BEIJING });
  await alice.share(copyId, bob, BEIJING);
  const diskId = await bob.replaceSystem(server.instanceId, copyId);
  assert.deepEqual(await life.read(diskId, 0, content.length), content);
});
