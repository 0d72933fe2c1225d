// 69i_52e: ReplaceSystemDisk with an existing image works; the instance must be stopped.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import sdk from '@alicloud/ecs20140526';
import { contentOf, createLifeWorld } from './world.ts';

test('69i_52e: a stopped instance changes its system; the snapshot taken before keeps the old one', async () => {
  await using life = await createLifeWorld();
  const alice = await life.tenant('alice');
  const { instanceId, diskIds } = await alice.run(await life.image(contentOf('old')));
  const imageId = await life.image(contentOf('new'), { name: 'new' });
  const own = contentOf('not to be lost');
  await life.write(diskIds[0]!, 6_000_000, own);
  const question = { Verb: 'replace', ResourceId: imageId, InstanceId: instanceId };
  const told = await life.explain(alice, question);
  assert.equal(told.Verdict, false);
  assert.deepEqual(
    told.Reasons.map(({ Code, Steps }) => [Code, Steps.map(({ Call }) => Call?.Action)]),
    [['IncorrectInstanceStatus', ['StopInstance']]],
  );
  assert.match(told.Risks[0]!, /take a snapshot of it first \(CreateSnapshot\), and make an image of that to go back/);
  const snapshotId = await alice.snapshot(diskIds[0]!);

  await life.refuses('IncorrectInstanceStatus', 403, () => alice.replaceSystem(instanceId, imageId));
  await alice.stop(instanceId);
  assert.equal((await life.explain(alice, question)).Verdict, true);
  await life.refuses('InvalidSystemDiskSize.LessThanMinSize', 404, () =>
    alice.ecs.replaceSystemDisk(
      new sdk.ReplaceSystemDiskRequest({ instanceId, imageId, systemDisk: { size: 19 } as never }),
    ),
  );
  const diskId = await alice.replaceSystem(instanceId, imageId);

  assert.deepEqual(await life.read(diskId, 0, own.length), contentOf('new'));
  // Kept, though it can't roll back the new disk; an image of it has the old system.
  await life.refuses('InvalidParameter.Mismatch', 403, () =>
    alice.ecs.resetDisk(new sdk.ResetDiskRequest({ diskId, snapshotId })),
  );
  const old = await alice.run(await alice.createImage({ snapshotId }));
  assert.deepEqual(await life.read(old.diskIds[0]!, 6_000_000, own.length), own);
});
