// ioj_atj: creation progress is visible in the image list and by DescribeTasks.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import sdk from '@alicloud/ecs20140526';
import { until } from '../until.ts';
import { createImageWorld } from '../wire/imageWorld.ts';
import { progressOf } from './progress.ts';
import { HANGZHOU } from './world.ts';

test('ioj_atj: percent and state of an image that is being made, and of its disk', async () => {
  await using world = await createImageWorld();
  const alice = await world.party();
  const { id: instanceId } = await world.instance(alice);
  const release = world.world.plane.hold('store');
  const { body } = await alice.ecs.createImage(new sdk.CreateImageRequest({ regionId: HANGZHOU, instanceId }));
  const imageId = body!.imageId!;

  await until(async () => (await progressOf(alice, imageId)).percent === '50%');
  const halfway = { status: 'Creating', percent: '50%', disks: ['50%'], task: 'Processing', taskPercent: '50%' };
  assert.deepEqual(await progressOf(alice, imageId), { ...halfway, action: 'CreateImage', usable: false });

  release();
  await world.world.settled();
  const done = { status: 'Available', percent: '100%', disks: ['100%'], task: 'Finished', taskPercent: '100%' };
  assert.deepEqual(await progressOf(alice, imageId), { ...done, action: 'CreateImage', usable: true });
});
