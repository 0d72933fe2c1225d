import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createJobWorld } from '../../../test/fakes/jobWorld.ts';
import { addDisk, disk, instance, put } from '../../../test/fakes/look.ts';
import { diskRow, instanceRow } from '../../../test/fakes/rows.ts';

/** Jobs whose keys are not available by the time they run: actions refuse what they can see, a key may be disabled right after. */

const HANGZHOU = 'cn-hangzhou';
const encrypted = { encrypted: 1, kmsKeyId: 'key-1' } as const;

test('an instance whose disk’s key is not available does not start, restart or lose anything, and says why', async () => {
  await using world = await createJobWorld();
  await world.write((tx) =>
    tx
      .insertInto('instances')
      .values([instanceRow({ id: 'i-1', status: 'Starting' }), instanceRow({ id: 'i-2', status: 'Stopping' })])
      .execute(),
  );
  await addDisk(world, 'one', { id: 'd-1', instanceId: 'i-1', status: 'In_use', pendingSizeGib: 40, ...encrypted });
  await addDisk(world, 'two', { id: 'd-2', instanceId: 'i-2', status: 'In_use', ...encrypted });
  await world.enqueue('startInstance', { instanceId: 'i-1' });
  await world.enqueue('rebootInstance', { instanceId: 'i-2', force: false });
  await world.runner.settled();
  for (const id of ['i-1', 'i-2']) {
    const row = await instance(world, id);
    assert.deepEqual([row?.status, row?.faultReason], ['Stopped', 'The key key-1 is not available.']);
  }
  assert.equal((await disk(world, 'd-1'))?.pendingSizeGib, 40);
  assert.deepEqual(world.plane.calls, []);
});

test('a disk whose base cannot be encrypted under its key is not made, and nothing is left of it', async () => {
  await using world = await createJobWorld();
  const baseRoot = put(world, HANGZHOU, 'debian');
  await world.write((tx) =>
    tx
      .insertInto('disks')
      .values(diskRow({ id: 'd-1', baseRoot, ...encrypted }))
      .execute(),
  );
  const id = await world.enqueue('createDisks', { diskIds: ['d-1'] });
  await world.runner.settled();
  const { status, errorCode, attempts } = await world.job(id);
  assert.deepEqual([status, errorCode, attempts], ['failed', 'KeyUnavailable', 1]);
  assert.equal(await disk(world, 'd-1'), undefined);
  assert.equal(world.plane.disks.size, 0);
  assert.equal(world.plane.leases.size, 0);
});

test('a disk that cannot have new content without its key keeps what it had', async () => {
  await using world = await createJobWorld();
  await addDisk(world, 'used', { id: 'd-1', ...encrypted });
  const baseRoot = put(world, HANGZHOU, 'fresh');
  const old = {
    volumeId: 'd-1-volume',
    baseRoot: null,
    baseKmsKeyId: 'key-1',
    baseIsAway: 0 as const,
    lastRoot: null,
  };
  await world.write((tx) =>
    tx.updateTable('disks').set({ status: 'ReIniting', volumeId: 'new-volume', baseRoot }).execute(),
  );
  await world.enqueue('reInitDisk', { diskId: 'd-1', old, startInstance: false });
  await world.runner.settled();
  const back = await disk(world, 'd-1');
  assert.deepEqual(
    [back?.status, back?.volumeId, back?.baseRoot, back?.baseKmsKeyId],
    ['Available', 'd-1-volume', null, 'key-1'],
  );
  assert.deepEqual([...world.plane.disks.keys()], ['d-1-volume']);
});
