import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import sdk from '@alicloud/ecs20140526';
import { createInstanceWorld, REGION, type InstanceWorld, type Launcher } from './instanceWorld.ts';

let world: InstanceWorld;
let alice: Launcher;
before(async () => {
  world = await createInstanceWorld();
  alice = await world.launcher();
});
after(() => world[Symbol.asyncDispose]());

const remove = (instanceId: string, of = {}) =>
  alice.ecs.deleteInstance(new sdk.DeleteInstanceRequest({ instanceId, ...of }));
const removeAll = (instanceId: string[], of = {}) =>
  alice.ecs.deleteInstances(new sdk.DeleteInstancesRequest({ regionId: REGION, instanceId, ...of }));
const dataDisk = (of: object) => [new sdk.RunInstancesRequestDataDisk({ size: 20, ...of })];
const isThere = async (id: string) => (await world.row('instances', id)) !== undefined;

test('a stopped instance goes with its disks, volumes, tags and memberships', async () => {
  const tag = [new sdk.RunInstancesRequestTag({ key: 'use', value: 'web' })];
  const { id, diskIds } = await alice.stopped({ dataDisk: dataDisk({}), tag });
  const volumes = await Promise.all(diskIds.map(async (disk) => (await world.row('disks', disk))!.volumeId));
  await remove(id);
  await world.world.settled();
  assert.equal(await isThere(id), false);
  for (const disk of diskIds) assert.equal(await world.row('disks', disk), undefined);
  for (const volume of volumes) assert.equal(world.world.plane.disks.has(volume), false);
  const { read } = world.world.parts.database;
  assert.deepEqual(await read.selectFrom('tags').selectAll().where('key', '=', 'use').execute(), []);
  const members = await read.selectFrom('instanceSecurityGroups').selectAll().where('instanceId', '=', id).execute();
  assert.deepEqual(members, []);
  await world.refuses('InvalidInstanceId.NotFound', 404, () => remove(id));
});

test('a kept disk becomes an Available data disk, also one that was the system disk', async () => {
  const { id, diskIds } = await alice.running({ dataDisk: dataDisk({ deleteWithInstance: false }) });
  await world.change('disks', diskIds[0]!, { deleteWithInstance: 0 });
  await remove(id, { force: true });
  await world.world.settled();
  for (const disk of diskIds) {
    const row = (await world.row('disks', disk))!;
    assert.partialDeepStrictEqual(row, {
      status: 'Available',
      instanceId: null,
      device: null,
      type: 'data',
      portable: 1,
      chargeType: 'PostPaid',
    });
    assert.equal(world.world.plane.disks.get(row.volumeId)!.isOpen, false);
    assert.ok(row.detachedAt);
  }
  const { id: stopped, diskIds: kept } = await alice.stopped({ dataDisk: dataDisk({ deleteWithInstance: false }) });
  await remove(stopped);
  assert.equal((await world.row('disks', kept[1]!))!.status, 'Available');
});

test('manual snapshots stay, automatic ones go as the disk says, but not those of images', async () => {
  const { id, diskIds } = await alice.stopped({ dataDisk: dataDisk({}) });
  const [system, data] = diskIds;
  const manual = await world.snapshot(alice, { sourceDiskId: system!, type: 'user' });
  const automatic = await world.snapshot(alice, { sourceDiskId: system!, type: 'auto' });
  const kept = await world.snapshot(alice, { sourceDiskId: data!, type: 'auto' });
  await world.change('disks', data!, { deleteAutoSnapshot: 0 });
  const imageId = await world.image(alice, {}, [{ sourceDiskId: system!, type: 'auto' }]);
  const [, ofImage] = await world.snapshotsOf(imageId);
  await remove(id);
  const left = await Promise.all(
    [manual, automatic, kept, ofImage!].map((snapshot) => world.row('snapshots', snapshot)),
  );
  assert.deepEqual(
    left.map((row) => row !== undefined),
    [true, false, true, true],
  );
});

test('a running instance needs Force, one that is being made waits', async () => {
  const { id } = await alice.running();
  await world.refuses('IncorrectInstanceStatus', 403, () => remove(id));
  await world.change('instances', id, { status: 'Stopping' });
  await world.refuses('IncorrectInstanceStatus', 403, () => remove(id, { force: true }));
  await world.change('instances', id, { status: 'Pending' });
  await world.refuses('IncorrectInstanceStatus.Initializing', 403, () => remove(id, { force: true }));
  await world.change('instances', id, { status: 'Starting', everStarted: 0 });
  await world.refuses('IncorrectInstanceStatus.Initializing', 403, () => remove(id, { force: true }));
  await world.change('instances', id, { status: 'Running', everStarted: 1 });
  await remove(id, { force: true, forceStop: false });
  assert.equal(await isThere(id), false);
});

test('a disk in the making and a snapshot in progress hold it', async () => {
  const { id, diskIds } = await alice.stopped();
  await world.change('disks', diskIds[0]!, { status: 'ReIniting' });
  await world.refuses('IncorrectInstanceStatus.Initializing', 403, () => remove(id));
  await world.change('disks', diskIds[0]!, { status: 'In_use' });
  await world.snapshot(alice, { sourceDiskId: diskIds[0]!, status: 'progressing' });
  await world.refuses('IncorrectInstanceStatus.Initializing', 403, () => remove(id));
});

test('protection, subscription, other accounts and DryRun', async () => {
  const { id } = await alice.stopped({ deletionProtection: true });
  await world.refuses('InvalidOperation.DeletionProtection', 403, () => remove(id));
  await world.refuses('InvalidOperation.DeletionProtection', 403, () => removeAll([id]));
  const now = world.world.parts.clock.now();
  await world.change('instances', id, { deletionProtection: 0, chargeType: 'PrePaid', expiredAt: now + 60_000 });
  await world.refuses('ChargeTypeViolation', 403, () => remove(id, { terminateSubscription: true }));
  await world.change('instances', id, { expiredAt: now - 1 });
  await world.refuses('ChargeTypeViolation', 403, () => remove(id));
  await world.refuses('ChargeTypeViolation', 403, () => removeAll([id]));
  await world.refuses('DryRunOperation', 400, () => remove(id, { terminateSubscription: true, dryRun: true }));
  const bob = await world.party();
  await world.refuses('InvalidInstanceId.NotFound', 404, () =>
    bob.ecs.deleteInstance(new sdk.DeleteInstanceRequest({ instanceId: id })),
  );
  await remove(id, { terminateSubscription: true });
  assert.equal(await isThere(id), false);
});

test('DeleteInstances: all or none', async () => {
  const [one, two, three] = await alice.run({ amount: 3 });
  const { id: stopped } = await alice.stopped();
  await world.refuses('IncorrectInstanceStatus', 403, () => removeAll([stopped, one!]));
  await world.refuses('InvalidInstanceId.NotFound', 404, () => removeAll([stopped, 'i-none']));
  await world.refuses('InvalidParameter.CrossRegionNotSupport', 400, () =>
    removeAll([stopped], { regionId: 'cn-beijing' }),
  );
  await world.refuses('InvalidParameter.TooManyInstanceIds', 403, () =>
    removeAll(Array.from({ length: 101 }, (_, index) => `i-${index}`)),
  );
  await world.refuses('MissingInstanceId', 400, () => removeAll([]));
  await world.refuses('DRYRUN.SUCCESS', 400, () => removeAll([one!], { force: true, dryRun: true }));
  await world.change('instances', three!, { status: 'Pending' });
  await world.refuses('IncorrectInstanceStatus.Initializing', 403, () => removeAll([three!], { force: true }));
  await removeAll([stopped, one!, two!], { force: true });
  assert.deepEqual(await Promise.all([stopped, one!, two!, three!].map(isThere)), [false, false, false, true]);
});
