import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WorldFault } from '../../base/worldFault.ts';
import { noMachines } from '../../machines/none.ts';
import { createJobWorld } from '../../../test/fakes/jobWorld.ts';
import { addDisk, disk, instance, put } from '../../../test/fakes/look.ts';
import { diskRow, instanceRow } from '../../../test/fakes/rows.ts';

const HANGZHOU = 'cn-hangzhou';
const broken = new WorldFault('Broken', 'It broke.');
const full = new WorldFault('DiskFull', 'No space is left.', { retryable: true });

test('createDisks: volumes over their content; free disks become Available, others In_use', async () => {
  await using world = await createJobWorld();
  const baseRoot = put(world, HANGZHOU, 'debian');
  await world.write((tx) =>
    tx
      .insertInto('disks')
      .values([diskRow({ id: 'd-1', baseRoot }), diskRow({ id: 'd-2', instanceId: 'i-1' })])
      .execute(),
  );
  await world.enqueue('createDisks', { diskIds: ['d-1', 'd-2'] });
  await world.runner.settled();
  assert.equal((await disk(world, 'd-1'))?.status, 'Available');
  assert.equal((await disk(world, 'd-2'))?.status, 'In_use');
  assert.equal(world.plane.disks.get('d-1-volume')?.content, 'debian');
  assert.equal(world.plane.disks.get('d-2-volume')?.sizeBytes, 20 * 1024 ** 3);
});

test('createDisks that fails leaves no free disk and no volume; an instance keeps its disk, and its next start makes the volume', async () => {
  await using world = await createJobWorld();
  await world.write(async (tx) => {
    await tx
      .insertInto('disks')
      .values([diskRow({ id: 'd-1' }), diskRow({ id: 'd-2', instanceId: 'i-1', type: 'system' })])
      .execute();
    await tx
      .insertInto('instances')
      .values(instanceRow({ id: 'i-1', status: 'Starting' }))
      .execute();
  });
  world.plane.failNext('create d-2', broken);
  await world.enqueue('createDisks', { diskIds: ['d-1', 'd-2'] });
  await world.runner.settled();
  assert.equal(await disk(world, 'd-1'), undefined);
  assert.equal((await disk(world, 'd-2'))?.status, 'In_use');
  assert.equal(world.plane.disks.size, 0);
  await world.enqueue('startInstance', { instanceId: 'i-1' });
  await world.runner.settled();
  assert.deepEqual([...world.plane.disks.keys()], ['d-2-volume']);
});

test('createInstance: Pending → Running with its disks, or Stopped', async () => {
  await using world = await createJobWorld();
  await world.write(async (tx) => {
    await tx
      .insertInto('instances')
      .values([instanceRow({ id: 'i-1' }), instanceRow({ id: 'i-2' })])
      .execute();
    await tx
      .insertInto('disks')
      .values([diskRow({ id: 'd-1', instanceId: 'i-1' }), diskRow({ id: 'd-2', instanceId: 'i-2' })])
      .execute();
  });
  await world.enqueue('createInstance', { instanceId: 'i-1', start: true });
  await world.enqueue('createInstance', { instanceId: 'i-2', start: false });
  await world.runner.settled();
  const running = await instance(world, 'i-1');
  assert.deepEqual([running?.status, running?.everStarted, running?.startedAt], ['Running', 1, world.clock.now()]);
  const stopped = await instance(world, 'i-2');
  assert.deepEqual([stopped?.status, stopped?.everStarted], ['Stopped', 0]);
  assert.equal((await disk(world, 'd-1'))?.status, 'In_use');
  assert.equal((await disk(world, 'd-2'))?.status, 'In_use');
});

test('createInstance that fails leaves no instance, disk, tag or volume', async () => {
  await using world = await createJobWorld();
  await world.write(async (tx) => {
    await tx
      .insertInto('instances')
      .values(instanceRow({ id: 'i-1' }))
      .execute();
    await tx.insertInto('instanceSecurityGroups').values({ instanceId: 'i-1', securityGroupId: 'sg-1' }).execute();
    await tx
      .insertInto('disks')
      .values([diskRow({ id: 'd-1', instanceId: 'i-1' }), diskRow({ id: 'd-2', instanceId: 'i-1' })])
      .execute();
    const owner = { accountId: '1000000000000001', regionId: HANGZHOU, key: 'k', value: 'v' };
    await tx
      .insertInto('tags')
      .values([
        { ...owner, resourceType: 'instance', resourceId: 'i-1' },
        { ...owner, resourceType: 'disk', resourceId: 'd-1' },
      ])
      .execute();
  });
  world.plane.failNext('create d-2', broken);
  const id = await world.enqueue('createInstance', { instanceId: 'i-1', start: true });
  await world.runner.settled();
  assert.equal((await world.job(id)).errorCode, 'Broken');
  for (const table of ['instances', 'instanceSecurityGroups', 'disks', 'tags'] as const) {
    assert.deepEqual(await world.database.read.selectFrom(table).selectAll().execute(), [], table);
  }
  assert.equal(world.plane.disks.size, 0);
});

test('createInstance whose machine can not be started time and again leaves it Stopped, with its disks and why', async () => {
  const lost = new WorldFault('NetworkFailed', 'nft: not found', { retryable: true });
  await using world = await createJobWorld({}, { ...noMachines, start: () => Promise.reject(lost) });
  await world.write(async (tx) => {
    await tx
      .insertInto('instances')
      .values(instanceRow({ id: 'i-1' }))
      .execute();
    await tx
      .insertInto('disks')
      .values(diskRow({ id: 'd-1', instanceId: 'i-1' }))
      .execute();
  });
  const id = await world.enqueue('createInstance', { instanceId: 'i-1', start: true });
  for (const pauseMs of [0, 1000, 2000]) {
    world.clock.advance(pauseMs);
    await world.runner.settled();
  }
  assert.equal((await world.job(id)).errorCode, 'NetworkFailed');
  const stopped = await instance(world, 'i-1');
  assert.deepEqual([stopped?.status, stopped?.faultReason], ['Stopped', 'nft: not found']);
  assert.equal((await disk(world, 'd-1'))?.status, 'In_use');
  assert.deepEqual([...world.plane.disks.keys()], ['d-1-volume']);
});

test("stopInstance ends the disks' clients; startInstance lets an offline resize take effect", async () => {
  await using world = await createJobWorld();
  await world.write((tx) =>
    tx
      .insertInto('instances')
      .values(instanceRow({ id: 'i-1', status: 'Stopping' }))
      .execute(),
  );
  await addDisk(world, 'data', { id: 'd-1', instanceId: 'i-1', status: 'In_use', pendingSizeGib: 40 });
  await world.plane.volumes.open('d-1-volume');
  await world.enqueue('stopInstance', { instanceId: 'i-1', force: false });
  await world.runner.settled();
  assert.equal((await instance(world, 'i-1'))?.status, 'Stopped');
  assert.equal(world.plane.disks.get('d-1-volume')?.isOpen, false);
  await world.write((tx) => tx.updateTable('instances').set({ status: 'Starting' }).execute());
  await world.enqueue('startInstance', { instanceId: 'i-1' });
  await world.runner.settled();
  assert.equal((await instance(world, 'i-1'))?.status, 'Running');
  const grown = await disk(world, 'd-1');
  assert.deepEqual([grown?.sizeGib, grown?.pendingSizeGib], [40, null]);
  assert.equal(world.plane.disks.get('d-1-volume')?.sizeBytes, 40 * 1024 ** 3);
});

test('rebootInstance: Stopping → Running, offline resizes too', async () => {
  await using world = await createJobWorld();
  await world.write((tx) =>
    tx
      .insertInto('instances')
      .values(instanceRow({ id: 'i-1', status: 'Stopping' }))
      .execute(),
  );
  await addDisk(world, 'data', { id: 'd-1', instanceId: 'i-1', status: 'In_use', pendingSizeGib: 30 });
  await world.enqueue('rebootInstance', { instanceId: 'i-1', force: false });
  await world.runner.settled();
  assert.equal((await instance(world, 'i-1'))?.status, 'Running');
  assert.equal((await disk(world, 'd-1'))?.sizeGib, 30);
});

test('an instance that can not be started is Stopped and says why; one that can not be stopped runs on', async () => {
  await using world = await createJobWorld();
  await world.write((tx) =>
    tx
      .insertInto('instances')
      .values([
        instanceRow({ id: 'i-1', status: 'Starting' }),
        instanceRow({ id: 'i-2', status: 'Stopping' }),
        instanceRow({ id: 'i-3', status: 'Stopping' }),
      ])
      .execute(),
  );
  for (const n of [1, 2, 3])
    await addDisk(world, '', { id: `d-${n}`, instanceId: `i-${n}`, status: 'In_use', pendingSizeGib: 30 });
  world.plane.failNext('resize', broken, broken);
  world.plane.failNext('close', broken);
  await world.enqueue('startInstance', { instanceId: 'i-1' });
  await world.enqueue('stopInstance', { instanceId: 'i-2', force: true });
  await world.enqueue('rebootInstance', { instanceId: 'i-3', force: true });
  await world.runner.settled();
  const states = await world.database.read
    .selectFrom('instances')
    .select(['id', 'status', 'faultReason'])
    .orderBy('id')
    .execute();
  assert.deepEqual(
    states.map(({ id, status, faultReason }) => [id, status, faultReason]),
    [
      ['i-1', 'Stopped', 'It broke.'],
      ['i-2', 'Running', 'It broke.'],
      ['i-3', 'Stopped', 'It broke.'],
    ],
  );
});

test('attachDisk and detachDisk, and what each falls back to', async () => {
  await using world = await createJobWorld();
  for (const id of ['d-1', 'd-2'])
    await addDisk(world, '', { id, instanceId: 'i-1', device: '/dev/xvdb', status: 'Attaching' });
  world.plane.failNext('create d-2', broken);
  await world.enqueue('attachDisk', { diskId: 'd-1' });
  await world.enqueue('attachDisk', { diskId: 'd-2' });
  await world.runner.settled();
  const attached = await disk(world, 'd-1');
  assert.deepEqual([attached?.status, attached?.everAttached, attached?.attachedAt], ['In_use', 1, world.clock.now()]);
  const refused = await disk(world, 'd-2');
  assert.deepEqual([refused?.status, refused?.instanceId, refused?.device], ['Available', null, null]);

  await world.plane.volumes.open('d-1-volume');
  const detaching = () =>
    world.write((tx) => tx.updateTable('disks').set({ status: 'Detaching' }).where('id', '=', 'd-1').execute());
  await detaching();
  world.plane.failNext('close d-1', broken);
  await world.enqueue('detachDisk', { diskId: 'd-1' });
  await world.runner.settled();
  assert.equal((await disk(world, 'd-1'))?.status, 'In_use');
  await detaching();
  await world.enqueue('detachDisk', { diskId: 'd-1' });
  await world.runner.settled();
  const detached = await disk(world, 'd-1');
  assert.deepEqual(
    [detached?.status, detached?.instanceId, detached?.detachedAt],
    ['Available', null, world.clock.now()],
  );
  assert.equal(world.plane.disks.get('d-1-volume')?.isOpen, false);
});

test('resizeDisk of a disk that was renewed since makes its new volume first', async () => {
  await using world = await createJobWorld();
  const baseRoot = put(world, HANGZHOU, 'image');
  await addDisk(world, 'old', { id: 'd-1', baseRoot, pendingSizeGib: 30 });
  await world.write((tx) => tx.updateTable('disks').set({ volumeId: 'd-1-renewed' }).execute());
  await world.enqueue('resizeDisk', { diskId: 'd-1' });
  await world.runner.settled();
  const grown = await disk(world, 'd-1');
  assert.deepEqual([grown?.sizeGib, grown?.pendingSizeGib], [30, null]);
  const volume = world.plane.disks.get('d-1-renewed');
  assert.deepEqual([volume?.content, volume?.sizeBytes], ['image', 30 * 1024 ** 3]);
});

test('resizeDisk grows the volume, then the row; a failure leaves both', async () => {
  await using world = await createJobWorld();
  for (const id of ['d-1', 'd-2']) await addDisk(world, '', { id, pendingSizeGib: 50 });
  world.plane.failNext('resize d-2', broken);
  await world.enqueue('resizeDisk', { diskId: 'd-1' });
  await world.enqueue('resizeDisk', { diskId: 'd-2' });
  await world.enqueue('resizeDisk', { diskId: 'd-gone' });
  await world.runner.settled();
  const sizes = await world.database.read
    .selectFrom('disks')
    .select(['id', 'sizeGib', 'pendingSizeGib'])
    .orderBy('id')
    .execute();
  assert.deepEqual(
    sizes.map(({ id, sizeGib, pendingSizeGib }) => [id, sizeGib, pendingSizeGib]),
    [
      ['d-1', 50, null],
      ['d-2', 20, null],
    ],
  );
  assert.equal(world.plane.disks.get('d-1-volume')?.sizeBytes, 50 * 1024 ** 3);
});

test('reInitDisk: the new content is there, the old volume gone, the instance started', async () => {
  await using world = await createJobWorld();
  const baseRoot = put(world, HANGZHOU, 'fresh');
  await world.write((tx) =>
    tx
      .insertInto('instances')
      .values(instanceRow({ id: 'i-1', status: 'Stopped' }))
      .execute(),
  );
  await addDisk(world, 'used', { id: 'd-1', instanceId: 'i-1', status: 'In_use' });
  const old = { volumeId: 'd-1-volume', baseRoot: null, baseKmsKeyId: null, baseIsAway: 0 as const, lastRoot: null };
  await world.write((tx) =>
    tx.updateTable('disks').set({ status: 'ReIniting', volumeId: 'new-volume', baseRoot }).execute(),
  );
  await world.enqueue('reInitDisk', { diskId: 'd-1', old, startInstance: true });
  await world.runner.settled();
  assert.equal((await disk(world, 'd-1'))?.status, 'In_use');
  assert.equal((await instance(world, 'i-1'))?.status, 'Running');
  assert.deepEqual([...world.plane.disks.keys()], ['new-volume']);
  assert.equal(world.plane.disks.get('new-volume')?.content, 'fresh');
});

test('reInitDisk that fails gives the disk its content back, which no collection took meanwhile', async () => {
  await using world = await createJobWorld();
  const former = put(world, HANGZHOU, 'former');
  await addDisk(world, 'former', { id: 'd-1', status: 'Available' });
  const old = { volumeId: 'd-1-volume', baseRoot: former, baseKmsKeyId: null, baseIsAway: 0 as const, lastRoot: null };
  await world.write((tx) =>
    tx.updateTable('disks').set({ status: 'ReIniting', volumeId: 'new-volume', baseRoot: null }).execute(),
  );
  world.plane.failNext('create new-volume', full, full, full);
  const id = await world.enqueue('reInitDisk', { diskId: 'd-1', old, startInstance: false });
  await world.runner.settled();
  await world.enqueue('collectGarbage', { regionId: HANGZHOU });
  await world.runner.settled();
  assert.equal(world.plane.content(HANGZHOU, former), 'former');
  world.clock.advance(1000);
  await world.runner.settled();
  world.clock.advance(2000);
  await world.runner.settled();
  assert.equal((await world.job(id)).status, 'failed');
  const back = await disk(world, 'd-1');
  assert.deepEqual([back?.status, back?.volumeId, back?.baseRoot], ['Available', 'd-1-volume', former]);
  assert.deepEqual([...world.plane.disks.keys()], ['d-1-volume']);
});
