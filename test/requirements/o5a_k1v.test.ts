// o5a_k1v: import progress is visible in the image list (percent, state) and by DescribeTasks.
// In part: of the operator's import; ImportImage comes with export and import.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '../until.ts';
import { createImageWorld } from '../wire/imageWorld.ts';
import { progressOf } from './progress.ts';
import { HANGZHOU } from './world.ts';

test('o5a_k1v: percent and state of an import, which waits in the queue for others', async () => {
  await using world = await createImageWorld();
  const { plane, service, settled, endpoint } = world.world;
  const paths = ['/first.raw', '/second.raw', '/third.raw'];
  for (const path of paths) plane.files.set(path, `content of ${path}`);
  const release = plane.hold('import');
  const imageIds: string[] = [];
  for (const [index, path] of paths.entries()) {
    const response = await fetch(`${endpoint}/_tongjing/images/import`, {
      method: 'POST',
      headers: { authorization: `Bearer ${service.operatorToken}`, 'content-type': 'application/json' },
      body: JSON.stringify({ path, format: 'raw', name: `image-${index}`, regionId: HANGZHOU, isPublic: false }),
    });
    imageIds.push(((await response.json()) as { imageId: string }).imageId);
  }
  const [first, , third] = imageIds as [string, string, string];

  await until(async () => (await progressOf(world.operator, first)).percent === '50%');
  const halfway = { status: 'Creating', percent: '50%', disks: ['50%'], task: 'Processing', taskPercent: '50%' };
  assert.deepEqual(await progressOf(world.operator, first), { ...halfway, action: 'ImportImage', usable: false });
  const waiting = { status: 'Waiting', percent: '0%', disks: ['0%'], task: 'Waiting', taskPercent: '0%' };
  assert.deepEqual(await progressOf(world.operator, third), { ...waiting, action: 'ImportImage', usable: false });

  release();
  await settled();
  const done = { status: 'Available', percent: '100%', disks: ['100%'], task: 'Finished', taskPercent: '100%' };
  for (const imageId of imageIds) {
    assert.deepEqual(await progressOf(world.operator, imageId), { ...done, action: 'ImportImage', usable: true });
  }
});
