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

type Wish = ConstructorParameters<typeof sdk.ModifyImageAttributeRequest>[0];

const modify = (party: Party, imageId: string, wish: Wish = {}) =>
  party.ecs.modifyImageAttribute(new sdk.ModifyImageAttributeRequest({ regionId: 'cn-hangzhou', imageId, ...wish }));

const features = (fields: object) => ({ features: new sdk.ModifyImageAttributeRequestFeatures(fields) });

const remove = (party: Party, imageId: string, wish: { force?: boolean; dryRun?: boolean; regionId?: string } = {}) =>
  party.ecs.deleteImage(new sdk.DeleteImageRequest({ regionId: 'cn-hangzhou', imageId, ...wish }));

async function shown(party: Party, imageId: string) {
  const request = new sdk.DescribeImagesRequest({ regionId: 'cn-hangzhou', imageId, status: 'ALL' });
  return (await party.ecs.describeImages(request)).body!.images!.image![0];
}

test('what is named changes, what is not stays', async () => {
  const alice = await world.party();
  const imageId = await world.image(alice, { name: 'one', description: 'first', family: 'web' });
  await modify(alice, imageId, { imageName: 'two' });
  assert.partialDeepStrictEqual((await shown(alice, imageId))!.toMap(), {
    ImageName: 'two',
    Description: 'first',
    ImageFamily: 'web',
    Status: 'Available',
  });
  await modify(alice, imageId, {
    imageName: 'two',
    description: 'second',
    imageFamily: 'db',
    bootMode: 'UEFI-Preferred',
    licenseType: 'BYOL',
    ...features({ nvmeSupport: 'supported', imdsSupport: 'v2' }),
  });
  assert.partialDeepStrictEqual((await shown(alice, imageId))!.toMap(), {
    ImageName: 'two',
    Description: 'second',
    ImageFamily: 'db',
    BootMode: 'UEFI-Preferred',
    LicenseType: 'BYOL',
    Features: { NvmeSupport: 'supported', ImdsSupport: 'v2' },
  });
  await modify(alice, imageId);
  assert.equal((await shown(alice, imageId))!.description, 'second');
});

test('an image is deprecated and restored', async () => {
  const alice = await world.party();
  const imageId = await world.image(alice);
  await world.refuses('ImageStatus.NotDeprecated', 403, () => modify(alice, imageId, { status: 'Available' }));
  await modify(alice, imageId, { status: 'Deprecated' });
  assert.equal((await shown(alice, imageId))!.status, 'Deprecated');
  await world.refuses('ImageStatus.NotAvailable', 403, () => modify(alice, imageId, { status: 'Deprecated' }));
  await modify(alice, imageId, { status: 'Available' });
  await world.share(imageId, await world.party());
  await world.refuses('ImageUseShared', 403, () => modify(alice, imageId, { status: 'Deprecated' }));
});

test('changes that are refused', async () => {
  const alice = await world.party();
  const bob = await world.party();
  const imageId = await world.image(alice);
  await world.image(alice, { name: 'taken' });
  const shared = await world.image(bob);
  await world.share(shared, alice);
  const arm = await world.image(alice, { architecture: 'arm64', bootMode: 'UEFI' });
  const used = await world.image(alice);
  await world.instance(alice, { imageId: used });
  const cases: [string, number, string, Wish][] = [
    ['MissingParameter', 400, imageId, { regionId: '' }],
    ['MissingImageId', 400, '', {}],
    ['InvalidRegionId.NotFound', 404, imageId, { regionId: 'cn-nowhere' }],
    ['InvalidImageId.NotFound', 404, 'm-bp1none', { description: 'no' }],
    ['InvalidImageId.NotFound', 404, imageId, { regionId: 'cn-beijing', description: 'no' }],
    ['InvalidImageId.NotFound', 404, shared, { description: 'mine now' }],
    ['InvalidImageId.NotFound', 404, await world.image(bob), { description: 'mine now' }],
    [
      'InvalidImageId.NotFound',
      404,
      await world.image(world.operator, { kind: 'system' }),
      { description: 'mine now' },
    ],
    ['InvalidStatus.ImageIsCreating', 403, await world.image(alice, { status: 'Creating' }), { description: 'no' }],
    ['InvalidStatus.ImageIsCreating', 403, await world.image(alice, { status: 'Waiting' }), { description: 'no' }],
    ['InvalidImageName.Malformed', 400, imageId, { imageName: 'x' }],
    ['InvalidImageName.Duplicated', 400, imageId, { imageName: 'taken' }],
    ['InvalidDescription.Malformed', 400, imageId, { imageName: 'good', description: 'x' }],
    ['InvalidImageFamily.Malformed', 400, imageId, { imageFamily: 'aliyun_web' }],
    ['InvalidParameter', 400, imageId, { status: 'Creating' }],
    ['InvalidBootMode.NotSupport', 400, imageId, { bootMode: 'Floppy' }],
    ['InvalidBootMode.NotSupport', 400, arm, { bootMode: 'BIOS' }],
    ['OperationDeined.ImageUsingByInstance', 403, used, { bootMode: 'UEFI' }],
    ['InvalidLicenseType.NotSupported', 400, imageId, { licenseType: 'Free' }],
    ['InvalidParameter', 400, imageId, features({ nvmeSupport: 'maybe' })],
    ['InvalidParameter.FeaturesImdsSupport', 400, imageId, features({ imdsSupport: 'v3' })],
    [
      'InvalidOperation.FeaturesImdsSupportNotMatch',
      403,
      await world.image(alice, { imdsSupport: 'v2' }),
      features({ imdsSupport: 'v1' }),
    ],
    ['DryRunOperation', 400, imageId, { description: 'dry', dryRun: true }],
  ];
  for (const [code, status, id, wish] of cases) await world.refuses(code, status, () => modify(alice, id, wish));
});

test('families have quotas', async () => {
  const alice = await world.party();
  const imageId = await world.image(alice);
  for (let index = 0; index < quotas.imagesOfFamily; index++) await world.image(alice, { family: 'full' });
  await world.refuses('ImageQuotaFull.ImageFamily', 400, () => modify(alice, imageId, { imageFamily: 'full' }));
  for (let index = 1; index < quotas.imageFamilies; index++) await world.image(alice, { family: `f${index}` });
  await world.refuses('ImageFamilyQuotaFull', 400, () => modify(alice, imageId, { imageFamily: 'new' }));
  await modify(alice, imageId, { imageFamily: 'f1' });
});

test('a deleted image is gone for everyone, its snapshots and instances stay', async () => {
  const alice = await world.party();
  const imageId = await world.image(alice, { name: 'once' });
  const [snapshotId] = await world.snapshotsOf(imageId);
  const tag = [new sdk.TagResourcesRequestTag({ key: 'a', value: 'b' })];
  await alice.ecs.tagResources(
    new sdk.TagResourcesRequest({ regionId: 'cn-hangzhou', resourceType: 'image', resourceId: [imageId], tag }),
  );
  await remove(alice, imageId);
  assert.equal(await shown(alice, imageId), undefined);
  assert.equal((await world.row('snapshots', snapshotId!))!.status, 'accomplished');
  const { read } = world.world.parts.database;
  for (const table of ['imageDisks', 'imageShares'] as const) {
    assert.deepEqual(await read.selectFrom(table).selectAll().where('imageId', '=', imageId).execute(), []);
  }
  assert.deepEqual(await read.selectFrom('tags').selectAll().where('resourceId', '=', imageId).execute(), []);
  // Deleting again is no error; the name is free, and nothing else finds the image.
  await remove(alice, imageId);
  await world.image(alice, { name: 'other' });
  await modify(alice, await world.image(alice), { imageName: 'once' });
  await world.refuses('InvalidImageId.NotFound', 404, () => modify(alice, imageId, { description: 'no' }));
  await alice.ecs.deleteSnapshot(new sdk.DeleteSnapshotRequest({ snapshotId: snapshotId! }));
  assert.equal(await world.row('snapshots', snapshotId!), undefined);
});

test('an image in use is deleted by force alone', async () => {
  const alice = await world.party();
  const bob = await world.party();
  const imageId = await world.image(alice);
  const { id: instanceId } = await world.instance(alice, { imageId });
  const { message } = await world.refuses('ImageUsingByInstance', 403, () => remove(alice, imageId));
  assert.match(message, new RegExp(instanceId));
  await world.share(imageId, bob);
  await world.refuses('ImageUseShared', 403, () => remove(alice, imageId));
  await world.refuses('DryRunOperation', 400, () => remove(alice, imageId, { force: true, dryRun: true }));
  await remove(alice, imageId, { force: true });
  assert.equal(await shown(alice, imageId), undefined);
  assert.equal(await shown(bob, imageId), undefined);
  assert.equal((await world.row('instances', instanceId))!.imageId, imageId);
});

test('a receiver’s instances do not hold an image', async () => {
  const alice = await world.party();
  const bob = await world.party();
  const imageId = await world.image(alice);
  await world.instance(bob, { imageId });
  await remove(alice, imageId);
});

test('images that can’t be deleted now, or at all', async () => {
  const alice = await world.party();
  const bob = await world.party();
  const shared = await world.image(bob);
  await world.share(shared, alice);
  const open = await world.image(world.operator, { kind: 'system' });
  const busy = async (kind: 'importImage' | 'exportImage', status: 'Waiting' | 'Available') => {
    const imageId = await world.image(alice, { status });
    await world.waitingJob(kind, alice, imageId);
    return imageId;
  };
  const cases: [string, number, Party, string][] = [
    ['MissingImageId', 400, alice, ''],
    ['InvalidImageId.NotFound', 404, alice, 'm-bp1none'],
    ['InvalidImageId.NotFound', 404, alice, shared],
    ['InvalidImageId.NotFound', 404, alice, await world.image(bob)],
    ['InvalidImageId.NotFound', 404, alice, await world.image(bob, { deletedAt: 1 })],
    ['InvalidImageId.NotFound', 404, alice, open],
    ['ImageIsPublic', 403, world.operator, open],
    ['ImageIsCreating', 403, alice, await world.image(alice, { status: 'Creating' })],
    ['OperationDenied.ImageCopying', 403, alice, await world.image(alice, { status: 'Waiting', isCopied: 1 })],
    ['ImageIsImporting', 403, alice, await busy('importImage', 'Waiting')],
    ['ImageIsExporting', 403, alice, await busy('exportImage', 'Available')],
  ];
  for (const [code, status, party, imageId] of cases) await world.refuses(code, status, () => remove(party, imageId));
  await world.refuses('InvalidImageId.NotFound', 404, () => remove(bob, shared, { regionId: 'cn-beijing' }));
  await remove(world.operator, open, { force: true });
  for (const status of ['CreateFailed', 'UnAvailable', 'Deprecated'] as const) {
    await remove(alice, await world.image(alice, { status }));
  }
});
