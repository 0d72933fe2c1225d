import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WorldFault } from '../../base/worldFault.ts';
import { rootOf } from '../../../test/fakes/dataPlane.ts';
import { createJobWorld, type JobWorld } from '../../../test/fakes/jobWorld.ts';
import { image, put, snapshot } from '../../../test/fakes/look.ts';
import { imageRow, insertImage, snapshotRow } from '../../../test/fakes/rows.ts';
import { CANCELLED } from '../job.ts';
import { COLLECT_AFTER_DELETE_MS } from '../queue.ts';

const HANGZHOU = 'cn-hangzhou';
const BEIJING = 'cn-beijing';
const broken = new WorldFault('Broken', 'It broke.');

test('createImage waits for nothing but refuses what is not accomplished', async () => {
  await using world = await createJobWorld();
  await world.write(async (tx) => {
    await insertImage(
      tx,
      imageRow({ id: 'm-1', status: 'Waiting' }),
      snapshotRow({ id: 's-1', status: 'accomplished' }),
    );
    await insertImage(tx, imageRow({ id: 'm-2', status: 'Waiting' }), snapshotRow({ id: 's-2', status: 'failed' }));
  });
  await world.enqueue('createImage', { imageId: 'm-1' });
  await world.enqueue('createImage', { imageId: 'm-2' });
  await world.runner.settled();
  assert.equal((await image(world, 'm-1'))?.status, 'Available');
  assert.equal((await image(world, 'm-2'))?.status, 'CreateFailed');
});

async function addCopy(world: JobWorld): Promise<void> {
  const root = put(world, HANGZHOU, 'debian');
  await world.write(async (tx) => {
    await insertImage(
      tx,
      imageRow({ id: 'm-1', status: 'Available' }),
      snapshotRow({ id: 's-1', status: 'accomplished', root, sizeBytes: 6, storedBytes: 4 }),
    );
    await insertImage(
      tx,
      imageRow({ id: 'm-2', status: 'Waiting', regionId: BEIJING, isCopied: 1 }),
      snapshotRow({ id: 's-2', regionId: BEIJING }),
    );
  });
}

const copyInput = { imageId: 'm-2', disks: [{ sourceSnapshotId: 's-1', snapshotId: 's-2' }] };

test('copyImage stores the same root in the other region', async () => {
  await using world = await createJobWorld();
  await addCopy(world);
  await world.enqueue('copyImage', copyInput, { regionId: BEIJING, resourceId: 'm-2' });
  await world.runner.settled();
  const copied = await snapshot(world, 's-2');
  assert.deepEqual(
    [copied?.status, copied?.root, copied?.sizeBytes, copied?.storedBytes],
    ['accomplished', rootOf('debian'), 6, 4],
  );
  assert.equal((await image(world, 'm-2'))?.status, 'Available');
  assert.equal(world.plane.content(BEIJING, rootOf('debian')), 'debian');
});

test('a copy counts as much where others have its content already', async () => {
  await using world = await createJobWorld();
  await addCopy(world);
  put(world, BEIJING, 'debian');
  const target = snapshotRow({ id: 's-3', regionId: BEIJING });
  await world.write((tx) => tx.insertInto('snapshots').values(target).execute());
  await world.enqueue('copyImage', copyInput, { regionId: BEIJING, resourceId: 'm-2' });
  const input = { snapshotId: 's-3', sourceSnapshotId: 's-1' };
  await world.enqueue('copySnapshot', input, { regionId: BEIJING, resourceId: 's-3' });
  await world.runner.settled();
  for (const id of ['s-2', 's-3']) {
    const copied = await snapshot(world, id);
    assert.deepEqual([copied?.status, copied?.storedBytes], ['accomplished', 4]);
  }
});

test('copyImage that fails says so; cancelled, its image and snapshots vanish', async () => {
  await using world = await createJobWorld();
  await addCopy(world);
  world.plane.failNext('copy', broken);
  const failed = await world.enqueue('copyImage', copyInput, { regionId: BEIJING });
  await world.runner.settled();
  assert.equal((await world.job(failed)).errorCode, 'Broken');
  assert.equal((await image(world, 'm-2'))?.status, 'CreateFailed');
  assert.equal((await snapshot(world, 's-2'))?.status, 'failed');

  await world.write(async (tx) => {
    await tx.updateTable('images').set({ status: 'Waiting' }).where('id', '=', 'm-2').execute();
    await tx.updateTable('snapshots').set({ status: 'progressing' }).where('id', '=', 's-2').execute();
  });
  world.plane.calls.length = 0;
  world.plane.hold('copy');
  const id = await world.enqueue('copyImage', copyInput, { regionId: BEIJING });
  await world.plane.called('copy');
  await world.runner.cancel(id);
  assert.deepEqual([(await world.job(id)).status, (await world.job(id)).errorCode], ['cancelled', CANCELLED]);
  assert.notEqual((await image(world, 'm-2'))?.deletedAt, null);
  assert.equal(await snapshot(world, 's-2'), undefined);
  assert.equal(world.plane.leases.size, 0);
});

test('copyImage of what is gone fails', async () => {
  await using world = await createJobWorld();
  await addCopy(world);
  await world.write((tx) => tx.deleteFrom('snapshots').where('id', '=', 's-1').execute());
  const lost = await world.enqueue('copyImage', copyInput, { regionId: BEIJING });
  await world.runner.settled();
  assert.equal((await world.job(lost)).errorCode, 'SnapshotDeleted');
  await world.write((tx) => tx.updateTable('images').set({ deletedAt: 1 }).where('id', '=', 'm-2').execute());
  const gone = await world.enqueue('copyImage', copyInput, { regionId: BEIJING });
  await world.runner.settled();
  assert.equal((await world.job(gone)).errorCode, 'ImageDeleted');
});

async function addImport(world: JobWorld): Promise<void> {
  await world.write((tx) => insertImage(tx, imageRow({ id: 'm-1', status: 'Waiting' }), snapshotRow({ id: 's-1' })));
}

const importInput = {
  imageId: 'm-1',
  snapshotId: 's-1',
  path: '/nowhere/debian.raw',
  format: 'raw',
  deleteFile: false,
} as const;

test('importImage: the file becomes the image, with its size', async () => {
  await using world = await createJobWorld();
  await addImport(world);
  world.plane.files.set(importInput.path, 'debian');
  await world.enqueue('importImage', importInput);
  await world.runner.settled();
  const imported = await image(world, 'm-1');
  assert.deepEqual([imported?.status, imported?.sizeGib], ['Available', 1]);
  const stored = await snapshot(world, 's-1');
  assert.deepEqual([stored?.status, stored?.root, stored?.sizeBytes], ['accomplished', rootOf('debian'), 6]);
});

test('importImage of a bad file fails with what is wrong; what it stored is collected soon', async () => {
  await using world = await createJobWorld();
  await addImport(world);
  const id = await world.enqueue('importImage', importInput);
  await world.runner.settled();
  assert.deepEqual(
    [(await world.job(id)).errorCode, (await world.job(id)).errorMessage],
    ['ImageFileInvalid', '/nowhere/debian.raw is no image.'],
  );
  assert.equal((await image(world, 'm-1'))?.status, 'CreateFailed');
  assert.equal((await snapshot(world, 's-1'))?.status, 'failed');
  const [collection] = await world.jobs('collectGarbage');
  assert.equal(collection?.runAfter, world.clock.now() + COLLECT_AFTER_DELETE_MS);
});

test('exportImage writes the system disk', async () => {
  await using world = await createJobWorld();
  await addCopy(world);
  await world.enqueue('exportImage', { imageId: 'm-1', path: '/nowhere/out.raw' });
  await world.runner.settled();
  assert.equal(world.plane.files.get('/nowhere/out.raw'), 'debian');
  const id = await world.enqueue('exportImage', { imageId: 'm-gone', path: '/nowhere/out.raw' });
  await world.runner.settled();
  assert.equal((await world.job(id)).errorCode, 'ImageDeleted');
});
