import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import sdk from '@alicloud/ecs20140526';
import { WorldFault } from '../../src/base/worldFault.ts';
import { quotas } from '../../src/rules/quotas.ts';
import { createImageWorld, type ImageWorld, type Party } from './imageWorld.ts';

let world: ImageWorld;
before(async () => {
  world = await createImageWorld();
});
after(() => world[Symbol.asyncDispose]());

type Wish = ConstructorParameters<typeof sdk.CopyImageRequest>[0];

async function copy(party: Party, imageId: string, wish: Wish = {}): Promise<string> {
  const request = new sdk.CopyImageRequest({
    regionId: 'cn-hangzhou',
    destinationRegionId: 'cn-beijing',
    imageId,
    ...wish,
  });
  return (await party.ecs.copyImage(request)).body!.imageId!;
}

async function shown(party: Party, imageId: string, regionId = 'cn-beijing') {
  const request = new sdk.DescribeImagesRequest({ regionId, imageId, status: 'ALL' });
  return (await party.ecs.describeImages(request)).body!.images!.image![0];
}

const cancel = (party: Party, imageId: string, regionId = 'cn-beijing') =>
  party.ecs.cancelCopyImage(new sdk.CancelCopyImageRequest({ regionId, imageId }));

const deleteImage = (party: Party, imageId: string, regionId = 'cn-hangzhou', force = false) =>
  party.ecs.deleteImage(new sdk.DeleteImageRequest({ regionId, imageId, force }));

/** Holds up what the copy jobs do; the answer lets them go on. */
const hold = () => world.world.plane.hold('copy');

test('a copy is an image of its own in the other region', async () => {
  const alice = await world.party();
  const source = await world.image(
    alice,
    { name: 'web', family: 'web', version: '3', platform: 'Debian', resourceGroupId: 'rg-a', description: 'old' },
    [{ sourceDiskSizeGib: 30 }, null],
  );
  await world.share(source, await world.party());
  const imageId = await copy(alice, source, {
    destinationImageName: 'web',
    destinationDescription: 'copied',
    resourceGroupId: 'rg-b',
    tag: [new sdk.CopyImageRequestTag({ key: 'team', value: 'web' })],
  });
  assert.match(imageId, /^m-2ze/);
  await world.world.settled();
  const image = (await shown(alice, imageId))!;
  const snapshotIds = await world.snapshotsOf(imageId);
  assert.partialDeepStrictEqual(image.toMap(), {
    Status: 'Available',
    Progress: '100%',
    ImageName: 'web',
    Description: 'copied',
    ImageFamily: '',
    ImageVersion: '3',
    Platform: 'Debian',
    IsCopied: true,
    IsSelfShared: '',
    ResourceGroupId: 'rg-b',
    Tags: { Tag: [{ TagKey: 'team', TagValue: 'web' }] },
    DiskDeviceMappings: {
      DiskDeviceMapping: [
        { SnapshotId: snapshotIds[0], Device: '/dev/xvda', Type: 'system', Size: '20' },
        { SnapshotId: snapshotIds[1], Device: '/dev/xvdb', Type: 'data', Size: '30' },
        { SnapshotId: '', Device: '/dev/xvdc', Type: 'data', Size: '20' },
      ],
    },
  });
  const sources = await world.snapshotsOf(source);
  for (const [index, id] of snapshotIds.entries()) {
    const row = (await world.row('snapshots', id))!;
    const from = (await world.row('snapshots', sources[index]!))!;
    assert.equal(row.status, 'accomplished');
    assert.equal(row.root, from.root);
    assert.deepEqual([row.sourceSnapshotId, row.sourceRegionId, row.sourceDiskId], [from.id, 'cn-hangzhou', null]);
  }
  assert.equal((await shown(alice, source, 'cn-hangzhou'))!.status, 'Available');
  assert.equal(await shown(alice, imageId, 'cn-hangzhou'), undefined);
});

test('while a copy runs, its source and target are protected', async () => {
  const alice = await world.party();
  const source = await world.image(alice);
  const release = hold();
  const target = await copy(alice, source);
  const isHeld = { isHeld: true };
  assert.equal((await shown(alice, target))!.status, 'Creating');
  await world.refuses(
    'OperationDenied.ImageCopyConflict',
    400,
    () => copy(alice, source, { destinationRegionId: 'cn-shanghai' }),
    isHeld,
  );
  await world.refuses('OperationDenied.ImageCopying', 403, () => deleteImage(alice, source), isHeld);
  await world.refuses(
    'OperationDenied.ImageCopying',
    403,
    () => deleteImage(alice, source, 'cn-hangzhou', true),
    isHeld,
  );
  await world.refuses('OperationDenied.ImageCopying', 403, () => deleteImage(alice, target, 'cn-beijing'), isHeld);
  await world.refuses(
    'OperationDenied.ImageCopying',
    403,
    () => copy(alice, target, { regionId: 'cn-beijing', destinationRegionId: 'cn-shanghai' }),
    isHeld,
  );
  const [snapshotId] = await world.snapshotsOf(target);
  await world.refuses(
    'SnapshotCreatedImage',
    403,
    () => alice.ecs.deleteSnapshot(new sdk.DeleteSnapshotRequest({ snapshotId: snapshotId!, force: true })),
    isHeld,
  );
  release();
  await world.world.settled();
  assert.equal((await shown(alice, target))!.status, 'Available');
  await deleteImage(alice, source);
  assert.equal((await shown(alice, target))!.status, 'Available');
});

test('a cancelled copy leaves neither image nor snapshots', async () => {
  const alice = await world.party();
  const source = await world.image(alice);
  const release = hold();
  const target = await copy(alice, source, { tag: [new sdk.CopyImageRequestTag({ key: 'a' })] });
  const [snapshotId] = await world.snapshotsOf(target);
  await cancel(alice, target);
  assert.equal(await shown(alice, target), undefined);
  await world.world.settled();
  release();
  await world.world.settled();
  assert.equal(await shown(alice, target), undefined);
  assert.equal(await world.row('snapshots', snapshotId!), undefined);
  const { read } = world.world.parts.database;
  const [job] = await read.selectFrom('jobs').selectAll().where('resourceId', '=', target).execute();
  assert.equal(job!.status, 'cancelled');
  assert.deepEqual(await read.selectFrom('tags').selectAll().where('resourceId', '=', target).execute(), []);
  await world.refuses('InvalidImageId.NotFound', 404, () => cancel(alice, target));
  // The source is free again.
  assert.ok(await copy(alice, source));
});

test('only a copy that is under way can be cancelled', async () => {
  const alice = await world.party();
  const bob = await world.party();
  const plain = await world.image(alice, { regionId: 'cn-beijing', status: 'Creating' });
  const done = await world.image(alice, { regionId: 'cn-beijing', isCopied: 1 });
  const failed = await world.image(alice, { regionId: 'cn-beijing', isCopied: 1, status: 'CreateFailed' });
  const foreign = await world.image(bob, { regionId: 'cn-beijing', isCopied: 1, status: 'Creating' });
  await world.refuses('ImageCreatedNotFromCopy', 400, () => cancel(alice, plain));
  assert.match((await world.refuses('IncorrectImageStatus', 400, () => cancel(alice, done))).message, /completed/);
  assert.match((await world.refuses('IncorrectImageStatus', 400, () => cancel(alice, failed))).message, /failed/);
  await world.refuses('InvalidImageId.NotFound', 404, () => cancel(alice, foreign));
  await world.refuses('InvalidImageId.NotFound', 404, () => cancel(bob, foreign, 'cn-hangzhou'));
  await world.refuses('InvalidRegionId.NotFound', 404, () => cancel(alice, done, 'cn-nowhere'));
});

test('a copy that fails says so and can be deleted', async () => {
  const alice = await world.party();
  const source = await world.image(alice);
  world.world.plane.failNext('copy', new WorldFault('ChunkDamaged', 'a chunk is damaged'));
  const target = await copy(alice, source);
  await world.world.settled();
  assert.equal((await shown(alice, target))!.status, 'CreateFailed');
  await deleteImage(alice, target, 'cn-beijing');
  assert.equal(await shown(alice, target), undefined);
});

test('more copies into a region than may run wait', async () => {
  const alice = await world.party();
  const release = hold();
  const targets: string[] = [];
  for (let index = 0; index <= quotas.runningImageCopies; index++)
    targets.push(await copy(alice, await world.image(alice)));
  const last = targets.at(-1)!;
  const { read } = world.world.parts.database;
  const statuses = await read.selectFrom('images').select('status').where('id', 'in', targets.slice(0, -1)).execute();
  assert.ok(statuses.every(({ status }) => status === 'Creating'));
  assert.equal((await shown(alice, last))!.status, 'Waiting');
  await cancel(alice, last);
  release();
  await world.world.settled();
  assert.equal((await shown(alice, targets[0]!))!.status, 'Available');
});

test('a shared image is copied in its region only, by whom it is shared with only', async () => {
  const alice = await world.party();
  const bob = await world.party();
  const carol = await world.party();
  const shared = await world.image(alice, { name: 'shared' });
  await world.share(shared, bob);
  await world.refuses('OperationDenied.SameRegionOnly', 403, () => copy(bob, shared));
  await world.refuses('InvalidImageId.NotFound', 404, () =>
    copy(carol, shared, { destinationRegionId: 'cn-hangzhou' }),
  );
  const own = await copy(bob, shared, { destinationRegionId: 'cn-hangzhou' });
  await world.world.settled();
  const image = (await shown(bob, own, 'cn-hangzhou'))!;
  assert.deepEqual([image.imageOwnerAlias, image.status, image.isCopied], ['self', 'Available', true]);
  const [snapshotId] = await world.snapshotsOf(own);
  const snapshot = (await world.row('snapshots', snapshotId!))!;
  assert.deepEqual([snapshot.accountId, snapshot.sourceSnapshotId], [bob.accountId, null]);
  assert.equal(await shown(alice, own, 'cn-hangzhou'), undefined);
});

test('what is not to be copied, or not like that', async () => {
  const alice = await world.party();
  const bob = await world.party();
  const source = await world.image(alice);
  await world.image(alice, { regionId: 'cn-beijing', name: 'taken' });
  const open = await world.image(world.operator, { kind: 'system' });
  const product = await world.image(world.operator, { kind: 'marketplace', productCode: 'cmjj02' });
  const cases: [string, number, string, Wish][] = [
    ['MissingImageId', 400, '', {}],
    ['MissingDestinationRegionId', 400, source, { destinationRegionId: '' }],
    ['SourceRegion.NotFound', 400, source, { regionId: 'cn-nowhere' }],
    ['DestinationRegion.NotFound', 400, source, { destinationRegionId: 'cn-nowhere' }],
    ['InvalidImageId.NotFound', 404, 'm-bp1none', {}],
    ['InvalidImageId.NotFound', 404, await world.image(bob), {}],
    ['InvalidImageId.NotFound', 404, source, { regionId: 'cn-shanghai' }],
    ['InvalidImageId.NotFound', 404, await world.image(alice, { deletedAt: 1 }), {}],
    ['Forbbiden', 403, open, {}],
    ['OperationDenied.NotAuthorized', 403, product, {}],
    ['IncorrectImageStatus', 400, await world.image(alice, { status: 'Deprecated' }), {}],
    ['IncorrectImageStatus', 400, await world.image(alice, { status: 'Creating' }), {}],
    ['InvalidImageName.Malformed', 400, source, { destinationImageName: '1st' }],
    ['InvalidImageName.Duplicated', 400, source, { destinationImageName: 'taken' }],
    ['InvalidDescription.Malformed', 400, source, { destinationDescription: 'x' }],
    ['OperationDenied.EncryptSnapshotAcrossRegion', 403, source, { encrypted: true }],
    ['InvalidEncrypted.NotMatchKmsKeyId', 400, source, { KMSKeyId: 'key-1' }],
    ['InvalidEncrypted.NotMatchEncryptAlgorithm', 400, source, { encryptAlgorithm: 'AES256' }],
    ['InvalidResourceGroup.NotFound', 404, source, { resourceGroupId: 'none' }],
    [
      'Duplicate.TagKey',
      400,
      source,
      { tag: ['1', '2'].map((value) => new sdk.CopyImageRequestTag({ key: 'k', value })) },
    ],
    ['DryRunOperation', 400, source, { dryRun: true }],
  ];
  for (const [code, status, imageId, wish] of cases)
    await world.refuses(code, status, () => copy(alice, imageId, wish));

  for (let index = 1; index < quotas.images; index++) await world.image(alice, { regionId: 'cn-beijing' });
  await world.refuses('QuotaExceed.Image', 403, () => copy(alice, source));
  assert.ok(await copy(alice, source, { destinationRegionId: 'cn-shanghai' }));
});
