// 053_0tw: an image that holds data disks can't replace a system disk; the way round makes a system-only image.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import sdk from '@alicloud/ecs20140526';
import { tongjing } from '../planner/commands.ts';
import { contentOf, createLifeWorld } from './world.ts';

test('053_0tw: refused with its data disks, it replaces as an image of the system alone', async () => {
  await using life = await createLifeWorld();
  const alice = await life.tenant('alice');
  const content = contentOf('the system');
  const dataDisk = [new sdk.RunInstancesRequestDataDisk({ size: 20, category: 'cloud_essd' })];
  const first = await alice.run(await life.image(content), { dataDisk });
  const full = await alice.createImage({ instanceId: first.instanceId });
  const { instanceId } = await alice.run(await life.image(contentOf('to be replaced'), { name: 'other' }));
  await alice.stop(instanceId);

  const refusal = await life.refuses('OperationDenied', 400, () => alice.replaceSystem(instanceId, full));
  assert.match(refusal.message, /snapshot of the data disk/);

  const temporary = await alice.run(full);
  const snapshotId = await alice.snapshot(temporary.diskIds[0]!);
  const systemOnly = await alice.createImage({ snapshotId });
  await alice.release(temporary.instanceId);
  const diskId = await alice.replaceSystem(instanceId, systemOnly);
  assert.deepEqual(await life.read(diskId, 0, content.length), content);

  const ran = await tongjing(life.world, [
    'image',
    'system-only',
    full,
    '--account',
    alice.accountId,
    '--yes',
    '--json',
  ]);
  assert.equal(ran.code, 0, ran.err);
  const { imageId } = JSON.parse(ran.out) as { imageId: string };
  const again = await alice.replaceSystem(instanceId, imageId);
  assert.deepEqual(await life.read(again, 0, content.length), content);
});
