import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WorldFault } from '../../base/worldFault.ts';
import { rootOf } from '../../../test/fakes/dataPlane.ts';
import { createJobWorld } from '../../../test/fakes/jobWorld.ts';
import { addDisk, disk, image, put, snapshot } from '../../../test/fakes/look.ts';
import { imageRow, snapshotRow } from '../../../test/fakes/rows.ts';
import { COLLECT_AFTER_DELETE_MS, COLLECT_EVERY_MS, KEEP_ENDED_MS, requestCancel } from '../queue.ts';

const HANGZHOU = 'cn-hangzhou';
const broken = new WorldFault('Broken', 'It broke.');
const full = new WorldFault('DiskFull', 'No space is left.', { retryable: true });

test('createSnapshots: frozen before the call is answered, stored behind it, and recorded at once for disk, snapshot and image', async () => {
  await using world = await createJobWorld();
  await addDisk(world, 'system', { id: 'd-1' });
  await addDisk(world, 'data', { id: 'd-2' });
  await world.write(async (tx) => {
    await tx
      .insertInto('images')
      .values(imageRow({ id: 'm-1' }))
      .execute();
    await tx
      .insertInto('snapshots')
      .values([snapshotRow({ id: 's-1' }), snapshotRow({ id: 's-2' })])
      .execute();
  });
  const release = world.plane.hold('store d-1');
  const snapshots = [
    { snapshotId: 's-1', diskId: 'd-1' },
    { snapshotId: 's-2', diskId: 'd-2' },
  ];
  const id = await world.enqueue('createSnapshots', { snapshots, imageId: 'm-1' });
  await world.runner.began([id]);
  assert.deepEqual(world.plane.calls[0], 'freeze d-1-volume,d-2-volume');
  world.plane.disks.get('d-1-volume')!.content = 'written later';
  await world.plane.called('store d-1');
  assert.equal((await snapshot(world, 's-1'))?.status, 'progressing');
  release();
  await world.runner.settled();
  const stored = await snapshot(world, 's-1');
  assert.deepEqual([stored?.status, stored?.progress, stored?.root], ['accomplished', 100, rootOf('system')]);
  assert.equal((await snapshot(world, 's-2'))?.root, rootOf('data'));
  assert.equal((await disk(world, 'd-1'))?.lastRoot, rootOf('system'));
  assert.deepEqual([(await image(world, 'm-1'))?.status, (await image(world, 'm-1'))?.progress], ['Available', 100]);
  assert.equal(world.plane.disks.get('d-1-volume')?.freezes.size, 0);
  assert.equal(world.plane.disks.get('d-1-volume')?.incrementalTo, rootOf('system'));
  assert.equal(world.plane.leases.size, 0);
});

test('deleting a snapshot right after it is stored does not keep its freeze from being ended', async () => {
  await using world = await createJobWorld();
  await addDisk(world, 'data', { id: 'd-1' });
  await world.write((tx) =>
    tx
      .insertInto('snapshots')
      .values(snapshotRow({ id: 's-1' }))
      .execute(),
  );
  const release = world.plane.hold('thaw');
  const snapshots = [{ snapshotId: 's-1', diskId: 'd-1' }];
  await world.enqueue('createSnapshots', { snapshots, imageId: null }, { resourceId: 's-1' });
  await world.plane.called('thaw');
  const cancelled = await world.write((tx) => requestCancel(tx, 's-1'));
  world.runner.wake();
  release();
  await world.runner.settled();
  assert.deepEqual(cancelled, []);
  assert.deepEqual(
    (await world.jobs('endFreezes')).map(({ status }) => status),
    ['succeeded'],
  );
  assert.equal(world.plane.disks.get('d-1-volume')?.freezes.size, 0);
});

test('createSnapshots whose freeze died with its process fails, and lets the other volumes go', async () => {
  await using world = await createJobWorld();
  await addDisk(world, 'system', { id: 'd-1', lastRoot: 'former' });
  await world.write(async (tx) => {
    await tx
      .insertInto('images')
      .values(imageRow({ id: 'm-1' }))
      .execute();
    await tx
      .insertInto('snapshots')
      .values(snapshotRow({ id: 's-1' }))
      .execute();
  });
  const release = world.plane.hold('store');
  const id = await world.enqueue('createSnapshots', {
    snapshots: [{ snapshotId: 's-1', diskId: 'd-1' }],
    imageId: 'm-1',
  });
  await world.plane.called('store');
  world.plane.crash();
  release();
  await world.runner.settled();
  assert.equal((await world.job(id)).errorCode, 'FreezeLost');
  assert.equal((await snapshot(world, 's-1'))?.status, 'failed');
  assert.equal((await image(world, 'm-1'))?.status, 'CreateFailed');
  assert.equal((await disk(world, 'd-1'))?.lastRoot, 'former');
  assert.equal(world.plane.calls.at(-1), 'thaw d-1-volume dropped');
});

test('createSnapshots of a disk that was released fails', async () => {
  await using world = await createJobWorld();
  await addDisk(world, 'system', { id: 'd-1' });
  await world.write((tx) =>
    tx
      .insertInto('snapshots')
      .values(snapshotRow({ id: 's-1' }))
      .execute(),
  );
  const release = world.plane.hold('freeze');
  const id = await world.enqueue('createSnapshots', {
    snapshots: [{ snapshotId: 's-1', diskId: 'd-1' }],
    imageId: null,
  });
  await world.plane.called('freeze');
  await world.write((tx) => tx.deleteFrom('disks').execute());
  release();
  await world.runner.settled();
  assert.equal((await world.job(id)).errorCode, 'DiskReleased');
  assert.equal((await snapshot(world, 's-1'))?.status, 'failed');
});

test('a volume is not freed under a snapshot of it', async () => {
  await using world = await createJobWorld();
  await addDisk(world, 'system', { id: 'd-1' });
  await world.write((tx) =>
    tx
      .insertInto('snapshots')
      .values(snapshotRow({ id: 's-1' }))
      .execute(),
  );
  const release = world.plane.hold('store');
  await world.enqueue('createSnapshots', { snapshots: [{ snapshotId: 's-1', diskId: 'd-1' }], imageId: null });
  await world.plane.called('store');
  await world.write((tx) => tx.deleteFrom('disks').execute());
  const removal = await world.enqueue('deleteVolumes', { volumeIds: ['d-1-volume'] });
  await world.runner.began([removal]);
  assert.equal((await world.job(removal)).status, 'waiting');
  release();
  await world.runner.settled();
  assert.equal((await snapshot(world, 's-1'))?.root, rootOf('system'));
  assert.equal(world.plane.disks.size, 0);
});

test('garbage is collected once after many deletes, and again later as long as something is kept', async () => {
  await using world = await createJobWorld();
  const kept = put(world, HANGZHOU, 'kept');
  put(world, HANGZHOU, 'garbage');
  await world.write((tx) =>
    tx
      .insertInto('snapshots')
      .values(snapshotRow({ id: 's-1', root: kept, status: 'accomplished' }))
      .execute(),
  );
  for (const volumeId of ['v-1', 'v-2', 'v-3']) await world.enqueue('deleteVolumes', { volumeIds: [volumeId] });
  await world.runner.settled();
  assert.equal((await world.jobs('collectGarbage')).length, 1);
  world.clock.advance(COLLECT_AFTER_DELETE_MS);
  await world.runner.settled();
  assert.deepEqual([...world.plane.stores.get(HANGZHOU)!.values()], ['kept']);
  const [done, next, ...others] = await world.jobs('collectGarbage');
  assert.deepEqual([done?.status, next?.status, others.length], ['succeeded', 'waiting', 0]);
  assert.equal(next?.runAfter, world.clock.now() + COLLECT_EVERY_MS);
  await world.enqueue('deleteVolumes', { volumeIds: ['v-4'] });
  await world.runner.settled();
  const waiting = (await world.jobs('collectGarbage')).filter((job) => job.status === 'waiting');
  assert.deepEqual(
    waiting.map((job) => job.runAfter),
    [world.clock.now() + COLLECT_AFTER_DELETE_MS],
  );
});

test('a collection that replaced a later one is taken up, and ended jobs are forgotten in time', async () => {
  await using world = await createJobWorld();
  const kept = put(world, HANGZHOU, 'kept');
  await world.write((tx) =>
    tx
      .insertInto('snapshots')
      .values(snapshotRow({ id: 's-1', root: kept, status: 'accomplished' }))
      .execute(),
  );
  const collected = () => world.plane.calls.filter((call) => call.startsWith('collect')).length;
  await world.enqueue('collectGarbage', { regionId: HANGZHOU });
  await world.runner.settled();
  await world.enqueue('deleteVolumes', { volumeIds: ['v-1'] });
  await world.runner.settled();
  world.clock.advance(COLLECT_AFTER_DELETE_MS);
  await world.runner.settled();
  assert.equal(collected(), 2);
  world.clock.advance(KEEP_ENDED_MS);
  await world.runner.settled();
  assert.equal(collected(), 3);
  world.clock.advance(KEEP_ENDED_MS + 1);
  await world.runner.settled();
  assert.equal((await world.jobs('deleteVolumes')).length, 0);
  assert.deepEqual(
    (await world.jobs('collectGarbage')).map((job) => job.status),
    ['succeeded', 'waiting'],
  );
  const shown = await world.enqueue('deleteFiles', { paths: [] });
  await world.runner.settled();
  assert.equal((await world.job(shown)).status, 'succeeded');
});

test('a collection that fails is wanted again; freeing a volume is tried many times', async () => {
  await using world = await createJobWorld();
  world.plane.failNext('collect', broken);
  await world.enqueue('collectGarbage', { regionId: HANGZHOU });
  await world.runner.settled();
  assert.deepEqual(
    (await world.jobs('collectGarbage')).map((job) => job.status),
    ['failed', 'waiting'],
  );
  world.plane.failNext('remove', ...Array.from({ length: 9 }, () => full));
  const id = await world.enqueue('deleteVolumes', { volumeIds: ['v-1'] });
  await world.runner.settled();
  for (let retry = 0; retry < 9; retry += 1) {
    world.clock.advance(60_000);
    await world.runner.settled();
  }
  assert.equal((await world.job(id)).status, 'succeeded');
});
