import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import sdk from '@alicloud/ecs20140526';
import { createExplainWorld, type ExplainWorld } from './explainWorld.ts';

let world: ExplainWorld;
before(async () => {
  world = await createExplainWorld();
});
after(() => world[Symbol.asyncDispose]());

const elsewhere = { zoneId: 'cn-hangzhou-b' };

test('delete a disk: detached first; a system disk from a stopped instance', async () => {
  const alice = await world.party();
  const { diskIds } = await world.instance(alice, {}, [{}]);
  const [system, data] = diskIds;
  assert.deepEqual(await world.leadsOn(alice, { Verb: 'delete', ResourceId: data! }), ['DiskStillAttached']);
  assert.deepEqual(await world.leadsOn(alice, { Verb: 'delete', ResourceId: system! }), [
    'DiskStillAttached',
    'DiskTypeViolation',
  ]);
  const ResourceId = await world.disk(alice);
  const { Risks } = await world.explain(alice, { Verb: 'delete', ResourceId });
  assert.deepEqual(Risks, ['All that is on the disk is gone: take a snapshot of it first (CreateSnapshot).']);
  assert.deepEqual(await world.agrees(alice, { Verb: 'delete', ResourceId }), []);
});

test('delete: what is not there can’t be, although the action answers a success', async () => {
  const alice = await world.party();
  const bob = await world.party();
  const imageId = await world.image(alice);
  await alice.ecs.deleteImage(new sdk.DeleteImageRequest({ regionId: 'cn-hangzhou', imageId }));
  for (const [ResourceId, code, status] of [
    [imageId, 'InvalidImageId.NotFound', 404],
    ['m-bp1none', 'InvalidImageId.NotFound', 404],
    ['d-bp1none', 'InvalidDiskId.NotFound', 404],
    [await world.disk(bob), 'InvalidDiskId.NotFound', 404],
    ['s-bp1none', 'InvalidSnapshotId.NotFound', 404],
    ['i-bp1none', 'InvalidInstanceId.NotFound', 404],
  ] as const) {
    const { Verdict, Remedied, Reasons } = await world.explain(alice, { Verb: 'delete', ResourceId });
    assert.deepEqual([Verdict, Remedied, Reasons.length], [false, false, 1]);
    assert.deepEqual([Reasons[0]!.Code, Reasons[0]!.HttpStatus], [code, status]);
    assert.deepEqual(Reasons[0]!.Steps, []);
  }
});

test('a disk that is gone: its snapshot makes a new one; a key that is disabled: it is enabled', async () => {
  const alice = await world.party();
  const snapshot = await world.snapshot(alice, { sourceDiskId: 'd-bp1gone' });
  const question = { Verb: 'rollback', ResourceId: snapshot };
  assert.deepEqual(await world.agrees(alice, question), ['InvalidDiskId.NotFound']);
  const [gone] = (await world.explain(alice, question)).Reasons;
  assert.match(gone!.Advice!, /CreateDisk/);

  const { id: InstanceId } = await world.instance(alice);
  const ResourceId = await world.disk(alice, { encrypted: 1, kmsKeyId: 'key-gone' });
  const attach = { Verb: 'attach', ResourceId, InstanceId };
  const [code] = await world.agrees(alice, attach);
  assert.match(code!, /^InvalidParameter\.KMSKeyId\./);
  const [shut] = (await world.explain(alice, attach)).Reasons;
  assert.match(shut!.Advice!, /EnableKey/);
});

test('attach: from another instance; in another zone by way of a snapshot', async () => {
  const alice = await world.party();
  const { id: InstanceId } = await world.instance(alice);
  const { diskIds } = await world.instance(alice, {}, [{}]);
  assert.deepEqual(await world.leadsOn(alice, { Verb: 'attach', ResourceId: diskIds[1]!, InstanceId }), [
    'InvalidDisk.InUse',
  ]);
  const ResourceId = await world.disk(alice, elsewhere);
  assert.deepEqual(await world.leadsOn(alice, { Verb: 'attach', ResourceId, InstanceId }), ['ResourcesNotInSameZone']);
  const never = await world.disk(alice, { ...elsewhere, everAttached: 0 });
  assert.deepEqual(await world.agrees(alice, { Verb: 'attach', ResourceId: never, InstanceId }), [
    'ResourcesNotInSameZone',
    'IncorrectDiskStatus.NeverAttached',
  ]);
  const free = await world.disk(alice);
  assert.deepEqual(await world.agrees(alice, { Verb: 'attach', ResourceId: free, InstanceId }), []);
});

test('detach: from the instance that has it; none has it', async () => {
  const alice = await world.party();
  const { diskIds } = await world.instance(alice, {}, [{}]);
  const { id: InstanceId } = await world.instance(alice);
  const question = { Verb: 'detach', ResourceId: diskIds[1]! };
  assert.deepEqual(await world.leadsOn(alice, { ...question, InstanceId }), ['DependencyViolation']);
  assert.deepEqual(await world.agrees(alice, { Verb: 'detach', ResourceId: await world.disk(alice) }), [
    'MissingInstanceId',
  ]);
});

test('roll back: the own disk of a stopped instance alone', async () => {
  const alice = await world.party();
  const { diskIds } = await world.instance(alice);
  const [diskId] = diskIds;
  const snapshot = await world.snapshot(alice, { sourceDiskId: diskId! });
  const question = { Verb: 'rollback', ResourceId: snapshot };
  assert.deepEqual(await world.leadsOn(alice, question), ['IncorrectInstanceStatus']);
  const other = await world.instance(alice, { status: 'Stopped' });
  const ofOther = { Verb: 'rollback', ResourceId: other.diskIds[0]!, SnapshotId: snapshot };
  assert.deepEqual(await world.agrees(alice, ofOther), ['InvalidParameter.Mismatch']);
  const [reason] = (await world.explain(alice, ofOther)).Reasons;
  assert.match(reason!.Advice!, /CreateDisk/);
  assert.deepEqual(reason!.Steps, []);
});

test('re-initialise: stopped, after one start, as long as the image is there', async () => {
  const alice = await world.party();
  const imageId = await world.image(alice);
  const running = await world.instance(alice, { imageId }, []);
  assert.deepEqual(await world.leadsOn(alice, { Verb: 'reinit', ResourceId: running.diskIds[0]! }), [
    'IncorrectInstanceStatus',
  ]);
});

test('snapshots of a disk: one at a time, of one that an instance had, as many as one may have', async () => {
  const alice = await world.party();
  await world.instance(alice);
  const ResourceId = await world.disk(alice, { everAttached: 0 });
  const question = { Verb: 'createSnapshot', ResourceId };
  assert.deepEqual(await world.leadsOn(alice, question), ['IncorrectDiskStatus.NeverAttached']);
  await world.limit(alice, 'snapshotsOfDisk', 1);
  assert.deepEqual(await world.leadsOn(alice, question), ['QuotaExceed.Snapshot']);
});

test('delete a snapshot: after its images; by force where disks were made of it', async () => {
  const alice = await world.party();
  const image = await world.image(alice);
  await world.instance(alice, { imageId: image });
  const [ResourceId] = await world.snapshotsOf(image);
  const question = { Verb: 'delete', ResourceId: ResourceId! };
  assert.deepEqual(await world.leadsOn(alice, question), ['SnapshotCreatedImage', 'ImageUsingByInstance']);
  const free = await world.snapshot(alice);
  await world.disk(alice, { sourceSnapshotId: free });
  assert.deepEqual(await world.leadsOn(alice, { Verb: 'delete', ResourceId: free }), ['SnapshotCreatedDisk']);
});

test('copy a snapshot; an image of one', async () => {
  const alice = await world.party();
  const ResourceId = await world.snapshot(alice);
  const copy = { Verb: 'copy', ResourceId, DestinationRegionId: 'cn-beijing' };
  assert.deepEqual(await world.agrees(alice, copy), []);
  assert.deepEqual(await world.agrees(alice, { Verb: 'createImage', ResourceId }), []);
  const data = await world.snapshot(alice, { sourceDiskType: 'data' });
  const question = { Verb: 'createImage', ResourceId: data };
  assert.deepEqual(await world.agrees(alice, question), ['OperationDenied']);
  assert.match((await world.explain(alice, question)).Reasons[0]!.Advice!, /system disk’s snapshot/);
});

test('instances: stopped before they are deleted, their protection taken off', async () => {
  const alice = await world.party();
  const { id: ResourceId } = await world.instance(alice, { deletionProtection: 1 });
  const codes = await world.leadsOn(alice, { Verb: 'delete', ResourceId });
  assert.deepEqual(new Set(codes), new Set(['InvalidOperation.DeletionProtection', 'IncorrectInstanceStatus']));
});

test('instances: started and stopped, once', async () => {
  const alice = await world.party();
  const { id: ResourceId } = await world.instance(alice);
  assert.deepEqual(await world.agrees(alice, { Verb: 'start', ResourceId }), ['IncorrectInstanceStatus']);
  assert.deepEqual(await world.agrees(alice, { Verb: 'stop', ResourceId }), []);
  await world.world.settled();
  assert.deepEqual(await world.agrees(alice, { Verb: 'stop', ResourceId }), ['IncorrectInstanceStatus']);
});

test('an image of an instance whose guest has not seen a disk yet: started first', async () => {
  const alice = await world.party();
  const { id: instanceId } = await world.instance(alice, { status: 'Stopped' });
  const diskId = await world.disk(alice);
  await alice.ecs.attachDisk(new sdk.AttachDiskRequest({ instanceId, diskId }));
  await world.world.settled();
  assert.deepEqual(await world.leadsOn(alice, { Verb: 'createImage', ResourceId: instanceId }), [
    'IncorrectInstanceStatus.NeedRestart',
  ]);
});
