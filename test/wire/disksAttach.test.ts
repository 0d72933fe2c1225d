import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import sdk from '@alicloud/ecs20140526';
import type { DiskRow } from '../../src/records/tables/disks.ts';
import { createInstanceWorld, REGION, ZONE, type InstanceWorld, type Launcher } from './instanceWorld.ts';

let world: InstanceWorld;
let alice: Launcher;
before(async () => {
  world = await createInstanceWorld();
  alice = await world.launcher();
});
after(() => world[Symbol.asyncDispose]());

const attach = (instanceId: string, diskId: string, of = {}) =>
  alice.ecs.attachDisk(new sdk.AttachDiskRequest({ instanceId, diskId, ...of }));
const detach = (instanceId: string, diskId: string, of = {}) =>
  alice.ecs.detachDisk(new sdk.DetachDiskRequest({ instanceId, diskId, ...of }));
const modify = (of: ConstructorParameters<typeof sdk.ModifyDiskAttributeRequest>[0]) =>
  alice.ecs.modifyDiskAttribute(new sdk.ModifyDiskAttributeRequest(of));
const free = (row: Partial<DiskRow> = {}) => world.disk(alice, { zoneId: ZONE, ...row });
const disk = async (id: string) => (await world.row('disks', id))!;

test('disks are attached in the order of device names, and detached', async () => {
  const { id } = await alice.running();
  const [first, second, third] = [await free(), await free(), await free()];
  const { plane } = world.world;
  const { volumeId } = await disk(first);
  const attached = plane.hold(`create ${volumeId}`);
  await attach(id, first, { deleteWithInstance: true });
  assert.equal((await disk(first)).status, 'Attaching');
  attached();
  await world.world.settled();
  await attach(id, second, { device: '/dev/xvdd' });
  await attach(id, third);
  await world.world.settled();
  assert.partialDeepStrictEqual(await disk(first), {
    status: 'In_use',
    instanceId: id,
    device: '/dev/xvdb',
    deleteWithInstance: 1,
    everAttached: 1,
  });
  assert.partialDeepStrictEqual(await disk(second), { device: '/dev/xvdd', deleteWithInstance: 0 });
  assert.equal((await disk(third)).device, '/dev/xvdc');
  const shown = (await world.disksOf(alice, id))[1]!;
  assert.partialDeepStrictEqual(shown, {
    Status: 'In_use',
    Device: '/dev/xvdb',
    InstanceId: id,
    Attachments: { Attachment: [{ InstanceId: id, Device: '/dev/xvdb' }] },
  });

  const detached = plane.hold(`close ${volumeId}`);
  await detach(id, first);
  assert.partialDeepStrictEqual(await disk(first), { status: 'Detaching', instanceId: id });
  detached();
  await world.world.settled();
  const row = await disk(first);
  assert.partialDeepStrictEqual(row, { status: 'Available', instanceId: null, device: null, deleteWithInstance: 0 });
  assert.ok(row.detachedAt);
  await world.refuses('InvalidDisk.AlreadyDetached', 404, () => detach(id, first));
});

test('a system disk is detached from a stopped instance, and boots another', async () => {
  const { id, diskIds } = await alice.stopped();
  const [system] = diskIds;
  await detach(id, system!);
  await world.world.settled();
  assert.partialDeepStrictEqual(await disk(system!), { status: 'Available', type: 'system', deleteWithInstance: 1 });
  await world.refuses('InvalidInstance.NotFoundSystemDisk', 400, () =>
    alice.ecs.startInstance(new sdk.StartInstanceRequest({ instanceId: id })),
  );
  const imageId = await world.image(alice, { osNameEn: 'Other  1 64 bit' });
  await world.change('disks', system!, { imageId });
  await alice.ecs.createKeyPair(new sdk.CreateKeyPairRequest({ regionId: REGION, keyPairName: 'login' }));
  await attach(id, system!, { bootable: true, password: 'Abcdefg1', keyPairName: 'login' });
  await world.world.settled();
  assert.partialDeepStrictEqual(await disk(system!), { status: 'In_use', type: 'system', device: '/dev/xvda' });
  const row = (await world.row('instances', id))!;
  assert.partialDeepStrictEqual(row, { imageId, osNameEn: 'Other  1 64 bit', keyPairName: 'login' });
  assert.match(row.passwordHash!, /^\$6\$/);
  await alice.ecs.startInstance(new sdk.StartInstanceRequest({ instanceId: id }));
});

test('AttachDisk refuses', async () => {
  const bob = await world.launcher();
  const { id } = await alice.running();
  const { id: old } = await alice.running({ instanceType: 'ecs.s2.large' });
  const { id: stopped } = await alice.stopped();
  const foreign = await bob.running();
  const good = await free();
  const system = await free({ imageId: alice.imageId, type: 'system' });
  await world.refuses('InvalidInstanceId.NotFound', 404, () => attach('i-none', good));
  await world.refuses('InvalidInstanceId.NotFound', 404, () => attach(foreign.id, good));
  await world.refuses('InvalidDiskId.NotFound', 404, () => attach(id, 'd-none'));
  await world.refuses('InvalidDiskId.NotFound', 404, () => attach(id, foreign.diskIds[0]!));
  await world.refuses('MissingDiskId', 400, () => attach(id, ''));
  await world.refuses('UnsupportedParameter', 400, () => attach(id, good, { force: true }));
  await world.refuses('InvalidDevice.Malformed', 400, () => attach(id, good, { device: '/dev/xvda' }));
  await world.refuses('InvalidInstanceType.NotSupportDiskCategory', 403, () => attach(old, good));
  await world.refuses('IncorrectInstanceStatus', 400, () => attach(id, system, { bootable: true }));
  await world.refuses('InvalidDevice.InUse', 403, () => attach(stopped, system, { bootable: true }));
  await world.refuses('DiskId.ValueNotSupported', 403, () => attach(stopped, good, { bootable: true }));
  const elsewhere = await free({ zoneId: 'cn-hangzhou-b' });
  await world.refuses('ResourcesNotInSameZone', 403, () => attach(id, elsewhere));
  for (const status of ['Creating', 'Attaching', 'Detaching', 'ReIniting'] as const) {
    await world.change('disks', good, { status });
    await world.refuses('IncorrectDiskStatus', 403, () => attach(id, good));
  }
  await world.change('disks', good, { status: 'In_use' });
  await world.refuses('InvalidDisk.InUse', 404, () => attach(id, good));
  await world.change('disks', good, { status: 'Available' });
  await world.change('instances', id, { status: 'Starting' });
  await world.refuses('IncorrectInstanceStatus', 400, () => attach(id, good));
});

test('an instance takes sixteen data disks, each device once', async () => {
  const { id } = await alice.running();
  const taken = await free();
  await attach(id, taken);
  const good = await free();
  await world.refuses('InvalidDevice.InUse', 403, () => attach(id, good, { device: '/dev/xvdb' }));
  for (let count = 1; count < 16; count++) {
    await world.disk(alice, {
      zoneId: ZONE,
      instanceId: id,
      device: `/dev/xvd${'abcdefghijklmnopqrstuvwxyz'[count + 1]}`,
    });
  }
  await world.refuses('InstanceDiskLimitExceeded', 403, () => attach(id, good));
});

test('DetachDisk refuses', async () => {
  const bob = await world.launcher();
  const { id, diskIds } = await alice.running({ dataDisk: [new sdk.RunInstancesRequestDataDisk({ size: 20 })] });
  const other = await alice.running();
  const foreign = await bob.running();
  const [system, data] = diskIds;
  await world.refuses('InvalidInstanceId.NotFound', 404, () => detach('i-none', data!));
  await world.refuses('InvalidDiskId.NotFound', 404, () => detach(id, foreign.diskIds[0]!));
  await world.refuses('DependencyViolation', 403, () => detach(other.id, data!));
  await world.refuses('DiskTypeViolation', 403, () => detach(id, system!));
  await world.change('disks', data!, { portable: 0 });
  await world.refuses('DiskNotPortable', 403, () => detach(id, data!));
  await world.change('disks', data!, { portable: 1, category: 'elastic_ephemeral_disk_standard' });
  await world.refuses('InvalidOperation.DiskCategoryUnsupported', 403, () => detach(id, data!));
  await world.change('disks', data!, { category: 'cloud_ssd', status: 'Detaching' });
  await world.refuses('InvalidOperation.DiskDetachingFromThisEcs', 403, () => detach(id, data!));
  await world.change('disks', data!, { status: 'ReIniting' });
  await world.refuses('IncorrectDiskStatus', 403, () => detach(id, data!));
  await world.change('disks', data!, { status: 'In_use' });
  await world.change('instances', id, { status: 'Stopping' });
  await world.refuses('IncorrectInstanceStatus', 403, () => detach(id, data!));
});

test('ModifyDiskAttribute changes one disk or many', async () => {
  const [one, two] = [await free(), await free()];
  await modify({ diskId: one, diskName: 'renamed', description: 'new words', regionId: REGION });
  assert.partialDeepStrictEqual(await disk(one), { name: 'renamed', description: 'new words', deleteAutoSnapshot: 1 });
  await modify({ diskIds: [one, two], deleteWithInstance: true, deleteAutoSnapshot: false, enableAutoSnapshot: false });
  for (const id of [one, two]) {
    assert.partialDeepStrictEqual(await disk(id), {
      deleteWithInstance: 1,
      deleteAutoSnapshot: 0,
      enableAutoSnapshot: 0,
    });
  }
  assert.equal((await disk(one)).name, 'renamed');
  await modify({ diskId: one, deleteWithInstance: false });
  assert.equal((await disk(one)).deleteWithInstance, 0);
});

test('ModifyDiskAttribute refuses, and changes none of many', async () => {
  const bob = await world.party();
  const [id, foreign] = [await free(), await world.disk(bob)];
  const bound = await free({ category: 'cloud', portable: 0 });
  const good = { diskName: 'good' };
  const cases: [of: Parameters<typeof modify>[0], code: string, status: number][] = [
    [{ ...good }, 'IncompleteParamter', 400],
    [{ ...good, diskId: id, diskIds: [id] }, 'IncompleteParamter', 400],
    [{ ...good, diskIds: Array(101).fill(id) }, 'IncompleteParamter', 400],
    [{ diskId: id }, 'NoAttributeToModify', 400],
    [{ diskId: id, diskName: '1' }, 'InvalidDiskName.Malformed', 400],
    [{ diskId: id, description: 'x' }, 'InvalidDescription.Malformed', 404],
    [{ diskId: id, burstingEnabled: true }, 'UnsupportedParameter', 400],
    [{ ...good, diskIds: [id, 'd-none'] }, 'InvalidDiskId.NotFound', 404],
    [{ ...good, diskIds: [id, foreign] }, 'InvalidDiskId.NotFound', 404],
    [{ ...good, diskId: id, regionId: 'cn-beijing' }, 'InvalidDiskId.NotFound', 404],
    [{ diskIds: [id, bound], deleteWithInstance: false }, 'DiskNotPortable', 403],
  ];
  for (const [of, code, status] of cases) await world.refuses(code, status, () => modify(of));
  await world.change('disks', id, { status: 'Creating' });
  await world.refuses('IncorrectDiskStatus', 403, () => modify({ ...good, diskId: id }));
});
