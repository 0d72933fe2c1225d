import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import sdk from '@alicloud/ecs20140526';
import { quotas } from '../../src/rules/quotas.ts';
import { createImageWorld, type ImageWorld, type Party } from './imageWorld.ts';

let world: ImageWorld;
before(async () => {
  world = await createImageWorld();
});
after(() => world[Symbol.asyncDispose]());

type Wish = ConstructorParameters<typeof sdk.CreateSnapshotRequest>[0];
type Change = ConstructorParameters<typeof sdk.ModifySnapshotAttributeRequest>[0];

const create = async (party: Party, diskId: string, wish: Wish = {}): Promise<string> =>
  (await party.ecs.createSnapshot(new sdk.CreateSnapshotRequest({ diskId, ...wish }))).body!.snapshotId!;

const remove = (party: Party, snapshotId: string, force = false) =>
  party.ecs.deleteSnapshot(new sdk.DeleteSnapshotRequest({ snapshotId, force }));

const modify = (party: Party, snapshotId: string, change: Change = {}) =>
  party.ecs.modifySnapshotAttribute(new sdk.ModifySnapshotAttributeRequest({ snapshotId, ...change }));

const tag = (key: string, value: string) => new sdk.CreateSnapshotRequestTag({ key, value });

async function shown(party: Party, snapshotId: string) {
  const snapshotIds = JSON.stringify([snapshotId]);
  const request = new sdk.DescribeSnapshotsRequest({ regionId: 'cn-hangzhou', snapshotIds });
  return (await party.ecs.describeSnapshots(request)).body!.snapshots!.snapshot![0];
}

test('a snapshot holds what the disk held when it was called for', async () => {
  const alice = await world.party();
  const base = await world.image(alice);
  const { diskIds } = await world.instance(alice, { imageId: base });
  const disk = (await world.row('disks', diskIds[0]!))!;
  const volume = world.world.plane.disks.get(disk.volumeId)!;
  const release = world.world.plane.hold('store');
  const snapshotId = await create(alice, disk.id, {
    snapshotName: 'before-upgrade',
    description: 'all is well',
    retentionDays: 30,
    resourceGroupId: 'rg-a',
    category: 'standard',
    tag: [tag('team', 'web')],
  });
  const then = volume.content;
  volume.content = 'written later';
  assert.deepEqual(
    [(await shown(alice, snapshotId))!.status, (await shown(alice, snapshotId))!.available],
    ['progressing', false],
  );
  await world.refuses('IncorrectDiskStatus.CreatingSnapshot', 403, () => create(alice, disk.id), { isHeld: true });
  release();
  await world.world.settled();

  const row = (await world.row('snapshots', snapshotId))!;
  assert.equal(world.world.plane.content('cn-hangzhou', row.root), then);
  assert.equal(row.imageId, base);
  const snapshot = (await shown(alice, snapshotId))!;
  assert.partialDeepStrictEqual(snapshot.toMap(), {
    SnapshotId: snapshotId,
    SnapshotName: 'before-upgrade',
    Description: 'all is well',
    RegionId: 'cn-hangzhou',
    Status: 'accomplished',
    Progress: '100%',
    RemainTime: 0,
    Available: true,
    Category: 'standard',
    SnapshotType: 'user',
    SourceDiskId: disk.id,
    SourceDiskType: 'system',
    SourceDiskSize: '20',
    SourceStorageType: 'disk',
    RetentionDays: 30,
    Encrypted: false,
    KMSKeyId: '',
    ProductCode: '',
    Usage: 'none',
    InstantAccess: false,
    ResourceGroupId: 'rg-a',
    Tags: { Tag: [{ TagKey: 'team', TagValue: 'web' }] },
  });
  assert.match(snapshot.creationTime!, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  assert.match(snapshot.snapshotLinkId!, /^sl-bp1/);
  // The next of the same disk belongs to the same chain.
  const next = (await shown(alice, await create(alice, disk.id)))!;
  assert.equal(next.snapshotLinkId, snapshot.snapshotLinkId);
  assert.deepEqual([next.snapshotName, next.description, next.retentionDays], ['', '', undefined]);
});

test('the disk may be unattached, if it was attached once', async () => {
  const alice = await world.party();
  assert.match(await create(alice, await world.disk(alice)), /^s-bp1/);
  const never = await world.disk(alice, { everAttached: 0 });
  await world.refuses('IncorrectDiskStatus.NeverAttached', 403, () => create(alice, never));
});

test('snapshots that can’t be made', async () => {
  const alice = await world.party();
  const bob = await world.party();
  const diskId = await world.disk(alice);
  const starting = await world.instance(alice, { status: 'Starting' });
  const full = await world.disk(alice);
  await world.world.parts.database.write(async (tx) => {
    const [row] = await tx.selectFrom('snapshots').selectAll().limit(1).execute();
    const rows = Array.from({ length: quotas.snapshotsOfDisk }, (_, index) => ({
      ...row!,
      id: `s-full${index}`,
      sourceDiskId: full,
    }));
    await tx.insertInto('snapshots').values(rows).execute();
  });
  const cases: [string, number, string, Wish][] = [
    ['MissingDiskId', 400, '', {}],
    ['InvalidDiskId.NotFound', 404, 'd-bp1none', {}],
    ['InvalidDiskId.NotFound', 404, await world.disk(bob), {}],
    ['IncorrectDiskStatus', 403, await world.disk(alice, { status: 'Creating' }), {}],
    ['IncorrectDiskStatus', 403, await world.disk(alice, { status: 'ReIniting' }), {}],
    ['IncorrectInstanceStatus', 400, starting.diskIds[0]!, {}],
    [
      'DiskCategory.OperationNotSupported',
      400,
      await world.disk(alice, { category: 'elastic_ephemeral_disk_standard' }),
      {},
    ],
    ['QuotaExceed.Snapshot', 403, full, {}],
    ['InvalidSnapshotName.Malformed', 400, diskId, { snapshotName: 'auto2.0_1' }],
    ['InvalidSnapshotName.Malformed', 400, diskId, { snapshotName: '1' }],
    ['InvalidDescription.Malformed', 404, diskId, { description: 'https://x' }],
    ['InvalidRetentionDays.Malformed', 400, diskId, { retentionDays: 0 }],
    ['InvalidRetentionDays.Malformed', 400, diskId, { retentionDays: 65537 }],
    ['InvalidSnapshotCategory.Malformed', 403, diskId, { category: 'gold' }],
    ['InvalidCategoryAndInstantAccess.Malformed', 403, diskId, { category: 'flash', instantAccess: true }],
    [
      'InvalidInstantAccessRetentionDays.Malformed',
      403,
      diskId,
      { instantAccess: true, instantAccessRetentionDays: 0 },
    ],
    ['InvalidParameter.UnauthorizedStorageLocationArn', 403, diskId, { storageLocationArn: 'arn:1' }],
    ['InvalidResourceGroup.NotFound', 404, diskId, { resourceGroupId: 'none' }],
    ['InvalidTagKey.Malformed', 400, diskId, { tag: [tag('aliyun', 'v')] }],
    ['InvalidTagValue.Malformed', 400, diskId, { tag: [tag('k', 'acs:v')] }],
    ['Duplicate.TagKey', 400, diskId, { tag: [tag('k', '1'), tag('k', '2')] }],
  ];
  for (const [code, status, id, wish] of cases) await world.refuses(code, status, () => create(alice, id, wish));
  assert.ok(await create(alice, diskId, { instantAccess: true, instantAccessRetentionDays: 3 }));
});

test('name, description and retention change', async () => {
  const alice = await world.party();
  const bob = await world.party();
  const snapshotId = await world.snapshot(alice, { name: 'one', description: 'first' });
  await modify(alice, snapshotId, { snapshotName: 'two' });
  await modify(alice, snapshotId, { retentionDays: 7 });
  const snapshot = (await shown(alice, snapshotId))!;
  assert.deepEqual([snapshot.snapshotName, snapshot.description, snapshot.retentionDays], ['two', 'first', 7]);
  await modify(alice, snapshotId, { disableInstantAccess: true });
  const cases: [string, number, Party, string, Change][] = [
    ['NoAttributeToModify', 400, alice, snapshotId, {}],
    ['MissingSnapshotId', 400, alice, '', { description: 'no' }],
    ['InvalidSnapshotId.NotFound', 404, alice, 's-bp1none', { description: 'no' }],
    ['InvalidSnapshotId.NotFound', 404, bob, snapshotId, { description: 'no' }],
    ['InvalidSnapshotName.Malformed', 400, alice, snapshotId, { snapshotName: 'auto' }],
    ['InvalidDescription.Malformed', 404, alice, snapshotId, { snapshotName: 'good', description: 'x' }],
    ['InvalidRetentionDays.Malformed', 400, alice, snapshotId, { retentionDays: 65537 }],
  ];
  for (const [code, status, party, id, change] of cases)
    await world.refuses(code, status, () => modify(party, id, change));
});

test('a snapshot is deleted with its tags, and its bytes with the next collection', async () => {
  const alice = await world.party();
  const bob = await world.party();
  const snapshotId = await create(alice, await world.disk(alice), { tag: [tag('a', 'b')] });
  await world.world.settled();
  await world.refuses('InvalidSnapshotId.NotFound', 404, () => remove(bob, snapshotId));
  await remove(alice, snapshotId);
  assert.equal(await shown(alice, snapshotId), undefined);
  const { read } = world.world.parts.database;
  assert.deepEqual(await read.selectFrom('tags').selectAll().where('resourceId', '=', snapshotId).execute(), []);
  const collections = await read.selectFrom('jobs').selectAll().where('kind', '=', 'collectGarbage').execute();
  assert.ok(collections.some(({ regionId, status }) => regionId === 'cn-hangzhou' && status === 'waiting'));
  await world.refuses('InvalidSnapshotId.NotFound', 404, () => remove(alice, snapshotId));
  await world.refuses('MissingParameter', 400, () => remove(alice, ''));
});

test('a snapshot of an image stays as long as the image, by force too', async () => {
  const alice = await world.party();
  const imageId = await world.image(alice);
  const [snapshotId] = await world.snapshotsOf(imageId);
  for (const force of [false, true]) {
    const { message } = await world.refuses('SnapshotCreatedImage', 403, () => remove(alice, snapshotId!, force));
    assert.match(message, new RegExp(imageId));
  }
  await alice.ecs.deleteImage(new sdk.DeleteImageRequest({ regionId: 'cn-hangzhou', imageId }));
  await remove(alice, snapshotId!);
});

test('a snapshot that disks were made from goes by force alone', async () => {
  const alice = await world.party();
  const snapshotId = await world.snapshot(alice);
  const diskId = await world.disk(alice, { sourceSnapshotId: snapshotId });
  const { message } = await world.refuses('SnapshotCreatedDisk', 403, () => remove(alice, snapshotId));
  assert.match(message, new RegExp(diskId));
  // Disks that others made, from an image that was shared with them, are none of the owner's business.
  const mine = await world.snapshot(alice);
  await world.disk(await world.party(), { sourceSnapshotId: mine });
  assert.equal((await shown(alice, mine))!.usage, 'none');
  await remove(alice, mine);
  await remove(alice, snapshotId, true);
  assert.equal(await shown(alice, snapshotId), undefined);
  assert.equal((await world.row('disks', diskId))!.sourceSnapshotId, snapshotId);
});

test('deleting a progressing snapshot ends its creation', async () => {
  const alice = await world.party();
  const diskId = await world.disk(alice);
  const release = world.world.plane.hold('store');
  const snapshotId = await create(alice, diskId);
  await remove(alice, snapshotId);
  assert.equal(await shown(alice, snapshotId), undefined);
  await world.world.settled();
  release();
  const { read } = world.world.parts.database;
  const jobs = await read
    .selectFrom('jobs')
    .selectAll()
    .where('resourceId', '=', snapshotId)
    .where('kind', '=', 'createSnapshots')
    .execute();
  assert.deepEqual(
    jobs.map((job) => job.status),
    ['cancelled'],
  );
  assert.equal(await world.row('snapshots', snapshotId), undefined);
  // The disk is free for the next.
  const next = await create(alice, diskId);
  await world.world.settled();
  assert.equal((await shown(alice, next))!.status, 'accomplished');
});

test('the id of a deleted snapshot is still its owner’s alone to see behind a disk', async () => {
  const alice = await world.party();
  const bob = await world.party();
  const sourceSnapshotId = await world.snapshot(alice);
  const alices = await world.disk(alice, { sourceSnapshotId });
  // By way of an image that was shared with him.
  const bobs = await world.disk(bob, { sourceSnapshotId });
  await remove(alice, sourceSnapshotId, true);
  const sourceOf = async (party: Party, diskId: string) => {
    const request = new sdk.DescribeDisksRequest({ regionId: 'cn-hangzhou', diskIds: JSON.stringify([diskId]) });
    return (await party.ecs.describeDisks(request)).body!.disks!.disk![0]!.sourceSnapshotId;
  };
  assert.equal(await sourceOf(alice, alices), sourceSnapshotId);
  assert.equal(await sourceOf(bob, bobs), '');
});
