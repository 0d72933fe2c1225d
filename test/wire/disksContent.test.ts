import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import sdk from '@alicloud/ecs20140526';
import { createInstanceWorld, REGION, ZONE, type InstanceWorld, type Launcher } from './instanceWorld.ts';

let world: InstanceWorld;
let alice: Launcher;
before(async () => {
  world = await createInstanceWorld();
  alice = await world.launcher();
});
after(() => world[Symbol.asyncDispose]());

const resize = (diskId: string, newSize: number, of = {}) =>
  alice.ecs.resizeDisk(new sdk.ResizeDiskRequest({ diskId, newSize, ...of }));
const reInit = (diskId: string, of = {}) => alice.ecs.reInitDisk(new sdk.ReInitDiskRequest({ diskId, ...of }));
const reset = (diskId: string, snapshotId: string, of = {}) =>
  alice.ecs.resetDisk(new sdk.ResetDiskRequest({ diskId, snapshotId, ...of }));
const replace = (instanceId: string, of: ConstructorParameters<typeof sdk.ReplaceSystemDiskRequest>[0]) =>
  alice.ecs.replaceSystemDisk(new sdk.ReplaceSystemDiskRequest({ instanceId, ...of }));
const disk = async (id: string) => (await world.row('disks', id))!;
const shownSize = async (instanceId: string, index = 0) => (await world.disksOf(alice, instanceId))[index]!['Size'];
const volume = async (id: string) => world.world.plane.disks.get((await disk(id)).volumeId)!;
const dataDisk = (of: object) => [new sdk.RunInstancesRequestDataDisk(of)];
const GIB = 1024 ** 3;

test('an offline resize is shown at once and takes effect at the next start', async () => {
  const { id, diskIds } = await alice.running();
  const [system = ''] = diskIds;
  await resize(system, 50);
  await world.world.settled();
  assert.equal(await shownSize(id), 50);
  assert.equal((await volume(system)).sizeBytes, 40 * GIB);
  await world.refuses('InvalidDiskSize', 403, () => resize(system, 50));
  await alice.ecs.rebootInstance(new sdk.RebootInstanceRequest({ instanceId: id }));
  await world.world.settled();
  assert.equal((await volume(system)).sizeBytes, 50 * GIB);
  assert.partialDeepStrictEqual(await disk(system), { sizeGib: 50, pendingSizeGib: null });
});

test('online, stopped and free disks grow at once', async () => {
  const { diskIds } = await alice.running();
  await resize(diskIds[0]!, 60, { type: 'online' });
  const { diskIds: stopped } = await alice.stopped();
  await resize(stopped[0]!, 70);
  const free = await world.disk(alice, { zoneId: ZONE });
  await resize(free, 80);
  await world.world.settled();
  for (const [id, sizeGib] of [
    [diskIds[0]!, 60],
    [stopped[0]!, 70],
    [free, 80],
  ] as const) {
    assert.partialDeepStrictEqual(await disk(id), { sizeGib, pendingSizeGib: null });
    assert.equal((await volume(id)).sizeBytes, sizeGib * GIB);
  }
});

test('a disk that is resized and rolled back at once is both', async () => {
  const { diskIds } = await alice.stopped();
  const [system = ''] = diskIds;
  const { body } = await alice.ecs.createSnapshot(new sdk.CreateSnapshotRequest({ diskId: system }));
  await world.world.settled();
  await resize(system, 60);
  await reset(system, body!.snapshotId!);
  await world.world.settled();
  assert.partialDeepStrictEqual(await disk(system), { sizeGib: 60, pendingSizeGib: null, status: 'In_use' });
  assert.equal((await volume(system)).sizeBytes, 60 * GIB);
});

test('ResizeDisk refuses', async () => {
  const { id, diskIds } = await alice.running();
  const [system = ''] = diskIds;
  const free = await world.disk(alice, { zoneId: ZONE });
  await world.refuses('InvalidDiskId.NotFound', 404, () => resize('d-none', 50));
  await world.refuses('MissingNewSize', 400, () => alice.ecs.resizeDisk(new sdk.ResizeDiskRequest({ diskId: system })));
  await world.refuses('InvalidParam.Type', 400, () => resize(system, 50, { type: 'later' }));
  await world.refuses('InvalidDiskSize.TooSmall', 403, () => resize(system, 39));
  await world.refuses('InvalidDiskSize', 403, () => resize(system, 40));
  await world.refuses('InvalidDiskSize.TooLarge', 403, () => resize(system, 2049));
  await world.refuses('IncorrectDiskStatus', 403, () => resize(free, 50, { type: 'online' }));
  await world.change('disks', system, { category: 'cloud' });
  await world.refuses('InvalidDiskCategory.NotSupported', 403, () => resize(system, 50, { type: 'online' }));
  await world.change('disks', system, { category: 'cloud_ssd', status: 'ReIniting' });
  await world.refuses('IncorrectDiskStatus', 403, () => resize(system, 50));
  await world.change('disks', system, { status: 'In_use' });
  await world.change('instances', id, { status: 'Stopped' });
  await world.refuses('InvalidInstanceStatus.NotRunning', 403, () => resize(system, 50, { type: 'online' }));
  await world.change('instances', id, { status: 'Starting' });
  await world.refuses('IncorrectInstanceStatus', 403, () => resize(system, 50));
  await world.change('instances', id, { status: 'Running' });
  await world.snapshot(alice, { sourceDiskId: system, status: 'progressing' });
  await world.refuses('DiskCreatingSnapshot', 403, () => resize(system, 50));
});

test('ReInitDisk brings back what the disk was made from', async () => {
  const snapshotId = await world.snapshot(alice, { sourceDiskType: 'data', sourceDiskSizeGib: 20 });
  const { id, diskIds } = await alice.stopped({ dataDisk: [...dataDisk({ snapshotId }), ...dataDisk({ size: 20 })] });
  const [imageSnapshot] = await world.snapshotsOf(alice.imageId);
  const expected = [`content of ${imageSnapshot}`, `content of ${snapshotId}`, ''];
  for (const [index, diskId] of diskIds.entries()) {
    const former = await disk(diskId);
    (await volume(diskId)).content = 'written since';
    const made = world.world.plane.hold('create');
    await reInit(diskId);
    assert.partialDeepStrictEqual(await disk(diskId), { status: 'ReIniting', lastRoot: null });
    made();
    await world.world.settled();
    assert.equal((await disk(diskId)).status, 'In_use');
    assert.equal((await volume(diskId)).content, expected[index]);
    assert.equal(world.world.plane.disks.has(former.volumeId), false, 'the old volume is freed');
  }
  await alice.ecs.createKeyPair(new sdk.CreateKeyPairRequest({ regionId: REGION, keyPairName: 'login' }));
  await reInit(diskIds[0]!, { autoStartInstance: true, password: 'Abcdefg1', keyPairName: 'login' });
  await world.world.settled();
  const row = (await world.row('instances', id))!;
  assert.partialDeepStrictEqual(row, { status: 'Running', keyPairName: 'login' });
  assert.match(row.passwordHash!, /^\$6\$/);
});

test('ReInitDisk refuses', async () => {
  const bob = await world.party();
  const shared = await world.image(bob);
  await world.share(shared, alice);
  const snapshotId = await world.snapshot(alice, { sourceDiskType: 'data' });
  const { id, diskIds } = await alice.stopped({ imageId: shared, dataDisk: dataDisk({ snapshotId }) });
  const [system = '', data = ''] = diskIds;
  await world.refuses('InvalidDiskId.NotFound', 404, () => reInit('d-none'));
  await world.refuses('InvalidPassword.Malformed', 400, () => reInit(system, { password: 'short' }));
  for (const each of [system, data]) {
    await world.refuses('InvalidKeyPairName.NotFound', 400, () => reInit(each, { keyPairName: 'none' }));
  }
  const free = await world.disk(alice);
  await world.refuses('IncorrectDiskStatus', 403, () => reInit(free));
  await world.change('instances', id, { status: 'Running' });
  await world.refuses('IncorrectInstanceStatus', 403, () => reInit(system));
  await world.change('instances', id, { status: 'Stopped', everStarted: 0 });
  await world.refuses('IncorrectInstanceStatus', 403, () => reInit(system));
  await world.change('instances', id, { everStarted: 1 });
  const write = world.world.parts.database.write;
  await write((tx) => tx.deleteFrom('snapshots').where('id', '=', snapshotId).execute());
  await world.refuses('InvalidSourceSnapshot', 403, () => reInit(data));
  await write((tx) => tx.deleteFrom('imageShares').where('imageId', '=', shared).execute());
  await world.refuses('SharedImageDeleted', 403, () => reInit(system));
  const gone = await world.image(alice);
  await world.change('images', gone, { deletedAt: 1 });
  await world.change('disks', system, { imageId: gone });
  await world.refuses('InvalidDiskId.OperationNotSupported', 404, () => reInit(system));
  await world.snapshot(alice, { sourceDiskId: system, status: 'progressing' });
  await world.refuses('DiskCreatingSnapshot', 403, () => reInit(system));
});

test('ResetDisk rolls back to a snapshot of the disk, in use or not', async () => {
  const { diskIds } = await alice.stopped();
  const free = await world.disk(alice, { zoneId: ZONE });
  for (const [id, status] of [
    [diskIds[0]!, 'In_use'],
    [free, 'Available'],
  ] as const) {
    const snapshotId = await world.snapshot(alice, { sourceDiskId: id });
    (await volume(id)).content = 'written since';
    await world.refuses('DryRunOperation', 400, () => reset(id, snapshotId, { dryRun: true }));
    await reset(id, snapshotId);
    await world.world.settled();
    assert.equal((await disk(id)).status, status);
    assert.equal((await volume(id)).content, `content of ${snapshotId}`);
  }
});

test('ResetDisk refuses', async () => {
  const { id, diskIds } = await alice.stopped();
  const [system = ''] = diskIds;
  const bob = await world.party();
  const good = await world.snapshot(alice, { sourceDiskId: system });
  const foreign = await world.snapshot(bob, { sourceDiskId: system });
  const other = await world.snapshot(alice, { sourceDiskId: 'd-other' });
  await world.refuses('InvalidDiskId.NotFound', 404, () => reset('d-none', good));
  await world.refuses('InvalidSnapshotId.NotFound', 404, () => reset(system, 's-none'));
  await world.refuses('InvalidSnapshotId.NotFound', 404, () => reset(system, foreign));
  await world.refuses('InvalidParameter.Mismatch', 403, () => reset(system, other));
  await world.change('instances', id, { status: 'Running' });
  await world.refuses('IncorrectInstanceStatus', 403, () => reset(system, good));
  await world.change('instances', id, { status: 'Stopped' });
  await world.change('disks', system, { status: 'ReIniting' });
  await world.refuses('InvalidOperation.DiskResetInProgress', 403, () => reset(system, good));
  await world.change('disks', system, { status: 'Detaching' });
  await world.refuses('IncorrectDiskStatus', 403, () => reset(system, good));
  await world.change('disks', system, { status: 'In_use' });
  const unfinished = await world.snapshot(alice, { sourceDiskId: system, status: 'progressing' });
  await world.refuses('InvalidSnapshotId.NotReady', 403, () => reset(system, unfinished));
  await world.refuses('IncorrectDiskStatus.HasUnfinishedSnapshot', 403, () => reset(system, good));
});

test('ReplaceSystemDisk gives a new system disk from another image', async () => {
  const { id, diskIds } = await alice.stopped({
    systemDisk: new sdk.RunInstancesRequestSystemDisk({ category: 'cloud_ssd', diskName: 'root' }),
    dataDisk: dataDisk({ size: 20 }),
    tag: [new sdk.RunInstancesRequestTag({ key: 'use', value: 'web' })],
  });
  const [old = '', data = ''] = diskIds;
  const former = await disk(old);
  const manual = await world.snapshot(alice, { sourceDiskId: old });
  const automatic = await world.snapshot(alice, { sourceDiskId: old, type: 'auto' });
  const imageId = await world.image(alice, { sizeGib: 30, osNameEn: 'Other  1 64 bit' });
  const { body } = await replace(id, {
    imageId,
    password: 'Abcdefg1',
    systemDisk: new sdk.ReplaceSystemDiskRequestSystemDisk({ size: 35 }),
  });
  await world.world.settled();
  assert.notEqual(body!.diskId, old);
  const [system, untouched] = await world.disksOf(alice, id);
  assert.partialDeepStrictEqual(system!, {
    DiskId: body!.diskId,
    Size: 35,
    Category: 'cloud_ssd',
    DiskName: 'root',
    ImageId: imageId,
    Status: 'In_use',
    Device: '/dev/xvda',
    Tags: { Tag: [{ TagKey: 'use', TagValue: 'web' }] },
  });
  assert.equal(untouched!['DiskId'], data);
  const [snapshotId] = await world.snapshotsOf(imageId);
  assert.equal((await volume(body!.diskId!)).content, `content of ${snapshotId}`);
  assert.equal(world.world.plane.disks.has(former.volumeId), false);
  assert.equal(await world.row('disks', old), undefined);
  assert.ok(await world.row('snapshots', manual));
  assert.equal(await world.row('snapshots', automatic), undefined);
  const row = (await world.row('instances', id))!;
  assert.partialDeepStrictEqual(row, { status: 'Stopped', imageId, osNameEn: 'Other  1 64 bit' });
  assert.match(row.passwordHash!, /^\$6\$/);

  const second = await replace(id, { imageId });
  assert.equal((await disk(second.body!.diskId!)).sizeGib, 40, 'the default size');
  // Terraform starts it at once.
  await alice.ecs.startInstance(new sdk.StartInstanceRequest({ instanceId: id }));
  await world.world.settled();
  assert.equal((await world.row('instances', id))!.status, 'Running');
});

test('ReplaceSystemDisk refuses', async () => {
  const { id, diskIds } = await alice.stopped();
  const [system = ''] = diskIds;
  const bob = await world.party();
  const imageId = await world.image(alice, { sizeGib: 30 });
  const full = await world.image(alice, {}, [{}]);
  const arm = await world.image(alice, { architecture: 'arm64' });
  const creating = await world.image(alice, { status: 'Creating' });
  const foreign = await world.image(bob);
  const size = (wanted: number) => ({
    imageId,
    systemDisk: new sdk.ReplaceSystemDiskRequestSystemDisk({ size: wanted }),
  });
  const cases: [of: Parameters<typeof replace>[1], code: string, status: number][] = [
    [{}, 'MissingParameter', 400],
    [{ imageId: 'm-none' }, 'InvalidImageId.NotFound', 404],
    [{ imageId: foreign }, 'InvalidImageId.NotFound', 404],
    [{ imageId: creating }, 'OperationDenied.ImageNotValid', 403],
    [{ imageId: full }, 'OperationDenied', 400],
    [{ imageId: arm }, 'ImageNotSupportInstanceType', 403],
    [size(29), 'InvalidSystemDiskSize.LessThanImageSize', 404],
    [size(2049), 'InvalidSystemDiskSize.MoreThanMaxSize', 404],
    [{ imageId, password: 'short' }, 'InvalidPassword.Malformed', 400],
    [{ imageId, password: 'Abcdefg1', passwordInherit: true }, 'InvalidPasswordParam.Mismatch', 400],
    [{ imageId, keyPairName: 'none' }, 'InvalidKeyPairName.NotFound', 400],
    [{ imageId, KMSKeyId: 'none' }, 'InvalidParameter.EncryptedIllegal', 400],
    [{ imageId, encrypted: true, KMSKeyId: 'none' }, 'InvalidParameter.KMSKeyId.NotFound', 404],
    [{ imageId, diskId: system }, 'UnsupportedParameter', 400],
  ];
  for (const [of, code, status] of cases) await world.refuses(code, status, () => replace(id, of));
  await world.refuses('InvalidInstanceId.NotFound', 404, () => replace('i-none', { imageId }));
  await world.change('instances', id, { status: 'Running' });
  await world.refuses('IncorrectInstanceStatus', 403, () => replace(id, { imageId }));
  await world.change('instances', id, { status: 'Pending' });
  await world.refuses('OperationDenied.InstanceCreating', 403, () => replace(id, { imageId }));
  await world.change('instances', id, { status: 'Stopped' });
  await world.change('disks', system, { category: 'cloud_essd', performanceLevel: 'PL2' });
  await world.refuses('InvalidSystemDiskSize.LessThanMinSize', 404, () => replace(id, size(100)));
  await world.change('disks', system, { status: 'ReIniting' });
  await world.refuses('IncorrectDiskStatus', 403, () => replace(id, { imageId }));
  await world.change('disks', system, { status: 'In_use', instanceId: null });
  await world.refuses('InvalidInstance.NotFoundSystemDisk', 400, () => replace(id, { imageId }));
  await world.change('disks', system, { instanceId: id });
  await world.snapshot(alice, { sourceDiskId: system, status: 'progressing' });
  await world.refuses('DiskCreatingSnapshot', 403, () => replace(id, { imageId }));
});
