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

type Wish = ConstructorParameters<typeof sdk.CreateImageRequest>[0];

const mapping = (fields: object) => new sdk.CreateImageRequestDiskDeviceMapping(fields);
const tag = (key?: string, value?: string) =>
  new sdk.CreateImageRequestTag({ ...(key !== undefined && { key }), ...(value !== undefined && { value }) });

async function create(party: Party, wish: Wish): Promise<string> {
  const request = new sdk.CreateImageRequest({ regionId: 'cn-hangzhou', ...wish });
  return (await party.ecs.createImage(request)).body!.imageId!;
}

async function shown(party: Party, imageId: string) {
  const request = new sdk.DescribeImagesRequest({ regionId: 'cn-hangzhou', imageId, status: 'ALL' });
  return (await party.ecs.describeImages(request)).body!.images!.image![0]!;
}

test('an image of an instance holds a snapshot of every one of its disks', async () => {
  const alice = await world.party();
  const base = await world.image(alice, {
    platform: 'Debian',
    osName: 'Debian  12.5 64位',
    osNameEn: 'Debian  12.5 64 bit',
    nvmeSupport: 'supported',
    imdsSupport: 'v2',
    bootMode: 'UEFI',
  });
  const { id: instanceId, diskIds } = await world.instance(alice, { imageId: base }, [{ sizeGib: 30 }, {}]);
  // The base image may be gone by now: what it was is still known.
  await world.change('images', base, { deletedAt: 1 });
  const release = world.world.plane.hold('store');
  const imageId = await create(alice, {
    instanceId,
    imageName: 'clone',
    description: 'a clone',
    imageFamily: 'clones',
    imageVersion: '7',
    resourceGroupId: 'rg-clones',
    tag: [tag('team', 'web')],
  });

  const creating = await shown(alice, imageId);
  assert.equal(creating.status, 'Creating');
  const snapshotIds = await world.snapshotsOf(imageId);
  assert.equal(snapshotIds.length, 3);
  const snapshots = await Promise.all(snapshotIds.map((id) => world.row('snapshots', id)));
  assert.deepEqual(
    snapshots.map((row) => [row!.status, row!.sourceDiskId, row!.sourceDiskType, row!.sourceDiskSizeGib]),
    [
      ['progressing', diskIds[0], 'system', 20],
      ['progressing', diskIds[1], 'data', 30],
      ['progressing', diskIds[2], 'data', 20],
    ],
  );
  // The instance's disks may not be frozen a second time meanwhile.
  await world.refuses('IncorrectDiskStatus.CreatingSnapshot', 403, () => create(alice, { instanceId }), {
    isHeld: true,
  });
  release();
  await world.world.settled();

  const image = await shown(alice, imageId);
  assert.partialDeepStrictEqual(image.toMap(), {
    Status: 'Available',
    Progress: '100%',
    ImageName: 'clone',
    Description: 'a clone',
    ImageFamily: 'clones',
    ImageVersion: '7',
    ResourceGroupId: 'rg-clones',
    Size: 20,
    Platform: 'Debian',
    OSNameEn: 'Debian  12.5 64 bit',
    BootMode: 'UEFI',
    ImageOwnerAlias: 'self',
    IsCopied: false,
    Features: { NvmeSupport: 'supported', ImdsSupport: 'v2' },
    Tags: { Tag: [{ TagKey: 'team', TagValue: 'web' }] },
    DiskDeviceMappings: {
      DiskDeviceMapping: [
        { SnapshotId: snapshotIds[0], Device: '/dev/xvda', Type: 'system', Size: '20', Progress: '100%' },
        { SnapshotId: snapshotIds[1], Device: '/dev/xvdb', Type: 'data', Size: '30', Progress: '100%' },
        { SnapshotId: snapshotIds[2], Device: '/dev/xvdc', Type: 'data', Size: '20', Progress: '100%' },
      ],
    },
  });
  for (const id of snapshotIds) assert.equal((await world.row('snapshots', id))!.status, 'accomplished');
});

test('an image of a system snapshot is of the system that the disk was made from', async () => {
  const alice = await world.party();
  const base = await world.image(alice, { platform: 'CentOS', osNameEn: 'CentOS  7.9 64 bit' });
  const known = await world.snapshot(alice, { imageId: base, sourceDiskSizeGib: 25 });
  const image = await shown(alice, await create(alice, { snapshotId: known }));
  assert.equal(image.platform, 'CentOS');
  assert.equal(image.OSNameEn, 'CentOS  7.9 64 bit');
  assert.equal(image.size, 25);
  assert.equal(image.imageName, image.imageId);

  const unknown = await world.snapshot(alice);
  const bare = await shown(alice, await create(alice, { snapshotId: unknown }));
  assert.deepEqual(
    [bare.platform, bare.OSType, bare.architecture, bare.bootMode],
    ['Others Linux', 'linux', 'x86_64', 'BIOS'],
  );
  const told = await shown(
    alice,
    await create(alice, {
      snapshotId: unknown,
      platform: 'Windows Server 2022',
      architecture: 'x86_64',
      bootMode: 'UEFI',
    }),
  );
  assert.deepEqual(
    [told.platform, told.OSType, told.OSNameEn, told.bootMode],
    ['Windows Server 2022', 'windows', 'Windows Server 2022  64 bit', 'UEFI'],
  );
  const arm = await shown(
    alice,
    await create(alice, {
      snapshotId: unknown,
      architecture: 'arm64',
      features: new sdk.CreateImageRequestFeatures({ imdsSupport: 'v2' }),
    }),
  );
  assert.deepEqual([arm.architecture, arm.bootMode, arm.features!.imdsSupport], ['arm64', 'UEFI', 'v2']);
  await world.world.settled();
  assert.equal((await shown(alice, arm.imageId!)).status, 'Available');
});

test('mappings put system, data and empty disks together', async () => {
  const alice = await world.party();
  const system = await world.snapshot(alice, { sourceDiskSizeGib: 20 });
  const data = await world.snapshot(alice, { sourceDiskType: 'data', sourceDiskSizeGib: 40 });
  const imageId = await create(alice, {
    diskDeviceMapping: [
      mapping({ snapshotId: data, size: 50, device: '/dev/xvdc' }),
      mapping({ size: 20 }),
      mapping({ snapshotId: system, device: '/dev/xvda' }),
      mapping({ size: 100 }),
      mapping({ snapshotId: system, diskType: 'data' }),
    ],
    // Passed over: mappings go before a snapshot.
    snapshotId: 's-bp1ignored',
  });
  const image = await shown(alice, imageId);
  assert.equal(image.size, 20);
  assert.deepEqual(
    image.diskDeviceMappings!.diskDeviceMapping!.map((disk) => [disk.device, disk.type, disk.snapshotId, disk.size]),
    [
      ['/dev/xvda', 'system', system, '20'],
      ['/dev/xvdc', 'data', data, '50'],
      ['/dev/xvdb', 'data', '', '20'],
      ['/dev/xvdd', 'data', '', '100'],
      ['/dev/xvde', 'data', system, '20'],
    ],
  );
});

test('a DryRun checks everything and leaves nothing behind', async () => {
  const alice = await world.party();
  const { id: instanceId } = await world.instance(alice);
  await world.refuses('DryRunOperation', 400, () => create(alice, { instanceId, dryRun: true, tag: [tag('a', 'b')] }));
  await world.refuses('InvalidInstanceId.NotFound', 404, () =>
    create(alice, { instanceId: 'i-bp1none', dryRun: true }),
  );
});

test('names, texts and tags that an image may not have', async () => {
  const alice = await world.party();
  const snapshotId = await world.snapshot(alice);
  await world.image(alice, { name: 'taken' });
  await world.image(alice, { name: 'elsewhere', regionId: 'cn-beijing' });
  const cases: [string, number, Wish][] = [
    ['InvalidRegionId.NotFound', 404, { regionId: 'cn-nowhere' }],
    ['MissingParameter', 400, {}],
    ['InvalidImageName.Malformed', 400, { snapshotId, imageName: '1st' }],
    ['InvalidImageName.Malformed', 400, { snapshotId, imageName: 'aliyun-1' }],
    ['InvalidImageName.Duplicated', 400, { snapshotId, imageName: 'taken' }],
    ['InvalidDescription.Malformed', 400, { snapshotId, description: 'http://x' }],
    ['InvalidImageFamily.Malformed', 400, { snapshotId, imageFamily: 'acs:debian' }],
    ['InvalidImageVersion.Malformed', 400, { snapshotId, imageVersion: 'x'.repeat(41) }],
    ['InvalidPlatform.Malformed', 400, { snapshotId, platform: 'BeOS' }],
    ['InvalidArchitecture.Malformed', 400, { snapshotId, architecture: 'mips' }],
    ['InvalidBootMode.NotSupport', 400, { snapshotId, bootMode: 'Floppy' }],
    ['InvalidBootMode.NotSupport', 400, { snapshotId, bootMode: 'BIOS', architecture: 'arm64' }],
    [
      'InvalidParameter.FeaturesImdsSupport',
      400,
      { snapshotId, features: new sdk.CreateImageRequestFeatures({ imdsSupport: 'v3' }) },
    ],
    ['InvalidResourceGroup.NotFound', 404, { snapshotId, resourceGroupId: 'none' }],
    ['UnsupportedParameter', 400, { snapshotId, detectionStrategy: 'Standard' }],
    [
      'UnsupportedParameter',
      400,
      {
        snapshotId,
        secureBootOptions: new sdk.CreateImageRequestSecureBootOptions({ secureBootSupport: 'supported' }),
      },
    ],
    ['InvalidTagKey.Malformed', 400, { snapshotId, tag: [tag('acs:k')] }],
    ['InvalidTagKey.Malformed', 400, { snapshotId, tag: [tag(undefined, 'v')] }],
    ['InvalidTagValue.Malformed', 400, { snapshotId, tag: [tag('k', 'http://v')] }],
    ['Duplicate.TagKey', 400, { snapshotId, tag: [tag('k', '1'), tag('k', '2')] }],
    ['QuotaExceed.Tags', 403, { snapshotId, tag: Array.from({ length: 21 }, (_, index) => tag(`k${index}`)) }],
  ];
  for (const [code, status, wish] of cases) await world.refuses(code, status, () => create(alice, wish));
  assert.ok(await create(alice, { snapshotId, imageName: 'elsewhere' }));
});

test('snapshots that make no image', async () => {
  const alice = await world.party();
  const bob = await world.party();
  const system = await world.snapshot(alice);
  const data = await world.snapshot(alice, { sourceDiskType: 'data', sourceDiskSizeGib: 40 });
  const foreign = await world.snapshot(bob);
  const elsewhere = await world.snapshot(alice, { regionId: 'cn-beijing' });
  const failed = await world.snapshot(alice, { status: 'failed' });
  const old = await world.snapshot(alice, { createdAt: Date.UTC(2013, 6, 14) });
  const of = (...mappings: object[]): Wish => ({ diskDeviceMapping: mappings.map(mapping) });
  const cases: [string, number, Wish][] = [
    ['OperationDenied', 403, { snapshotId: data }],
    ['InvalidSnapshotId.NotFound', 404, { snapshotId: 's-bp1none' }],
    ['InvalidSnapshotId.NotFound', 404, { snapshotId: foreign }],
    ['InvalidSnapshotId.NotFound', 404, { snapshotId: elsewhere }],
    ['InvalidSnapshotId.NotReady', 403, { snapshotId: failed }],
    ['InvalidSnapshot.TooOld', 403, { snapshotId: old }],
    ['InvalidSystemSnapshot.Missing', 403, of({ snapshotId: data })],
    ['InvalidSystemSnapshot.Missing', 403, of({ size: 20 })],
    ['InvalidSystemSnapshot.Missing', 403, of({ size: 20, diskType: 'system' })],
    ['OperationDenied', 400, of({ snapshotId: system }, { snapshotId: system })],
    ['UserNotInTheWhiteList', 403, of({ snapshotId: data, diskType: 'system' })],
    ['InvalidDiskType.ValueNotSupported', 400, of({ snapshotId: system, diskType: 'floppy' })],
    ['InvalidSize.ValueNotSupported', 400, of({ snapshotId: system }, { snapshotId: data, size: 39 })],
    ['InvalidSize.ValueNotSupported', 400, of({ snapshotId: system, size: 32769 })],
    ['InvalidSize.ValueNotSupported', 400, of({ snapshotId: system }, { size: 4 })],
    ['InvalidSize.ValueNotSupported', 400, of({ snapshotId: system }, { size: 32769 })],
    ['InvalidDevice.Malformed', 400, of({ snapshotId: system, device: '/dev/xvdb' })],
    ['InvalidDevice.Malformed', 400, of({ snapshotId: system }, { device: '/dev/xvda' })],
    ['InvalidDevice.Malformed', 400, of({ snapshotId: system }, { device: '/dev/sdb' })],
    ['InvalidDevice.InUse', 400, of({ snapshotId: system }, { device: '/dev/xvdb' }, { device: '/dev/xvdb' })],
    ['InvalidParameter', 400, of({ snapshotId: system }, ...Array.from({ length: 17 }, () => ({ size: 20 })))],
  ];
  for (const [code, status, wish] of cases) await world.refuses(code, status, () => create(alice, wish));
  await world.snapshot(alice);
});

test('instances that make no image', async () => {
  const alice = await world.party();
  const bob = await world.party();
  const make = (...arguments_: Parameters<ImageWorld['instance']> extends [unknown, ...infer Rest] ? Rest : never) =>
    world.instance(alice, ...arguments_).then(({ id }) => id);
  const foreign = (await world.instance(bob)).id;
  const startedAt = world.world.parts.clock.now();
  const empty = await make();
  await world.world.parts.database.write((tx) => tx.deleteFrom('disks').where('instanceId', '=', empty).execute());
  const creating = await make();
  const [disk] = await world.world.parts.database.read
    .selectFrom('disks')
    .select('id')
    .where('instanceId', '=', creating)
    .execute();
  await world.change('disks', disk!.id, { status: 'ReIniting' });
  const full = await make();
  const [fullDisk] = await world.world.parts.database.read
    .selectFrom('disks')
    .select('id')
    .where('instanceId', '=', full)
    .execute();
  for (let index = 0; index < quotas.snapshotsOfDisk; index++)
    await world.snapshot(alice, { sourceDiskId: fullDisk!.id });
  const ephemeral = await make();
  const [ephemeralDisk] = await world.world.parts.database.read
    .selectFrom('disks')
    .select('id')
    .where('instanceId', '=', ephemeral)
    .execute();
  await world.change('disks', ephemeralDisk!.id, { category: 'elastic_ephemeral_disk_standard' });

  const cases: [string, number, string][] = [
    ['InvalidInstanceId.NotFound', 404, 'i-bp1none'],
    ['InvalidInstanceId.NotFound', 404, foreign],
    ['InvalidInstanceId.NotFound', 404, await make({ regionId: 'cn-beijing' })],
    ['IncorrectInstanceStatus', 400, await make({ status: 'Starting' })],
    ['IncorrectInstanceStatus', 400, await make({ status: 'Pending' })],
    ['InvalidInstance.NotFoundSystemDisk', 400, empty],
    ['IncorrectDiskStatus', 403, creating],
    ['QuotaExceed.Snapshot', 403, full],
    ['InvalidDiskCategory.CreateImage', 400, ephemeral],
    [
      'IncorrectInstanceStatus.NeedRestart',
      403,
      await make({ status: 'Stopped', startedAt, stoppedAt: startedAt + 1 }, [{ attachedAt: startedAt + 2 }]),
    ],
  ];
  for (const [code, status, instanceId] of cases)
    await world.refuses(code, status, () => create(alice, { instanceId }));

  const ephemeralData = await make({}, [{ category: 'elastic_ephemeral_disk_standard' }]);
  const imageId = await create(alice, { instanceId: ephemeralData });
  assert.equal((await world.snapshotsOf(imageId)).length, 1);

  const grown = await make({ status: 'Stopped', startedAt, stoppedAt: startedAt + 2 }, [{ attachedAt: startedAt + 1 }]);
  const withData = await create(alice, { instanceId: grown });
  assert.equal((await world.snapshotsOf(withData)).length, 2, 'its guest saw the disk that came while it ran');
});

test('quotas of images and of families', async () => {
  const alice = await world.party();
  const snapshotId = await world.snapshot(alice);
  for (let index = 0; index < quotas.images - 1; index++) await world.image(alice, { family: 'full' });
  // Deleted, shared and far images do not count.
  await world.image(alice, { deletedAt: 1, family: 'full' });
  await world.image(alice, { regionId: 'cn-beijing' });
  await world.share(await world.image(await world.party()), alice);
  await create(alice, { snapshotId, imageFamily: 'full' });
  await world.refuses('QuotaExceed.Image', 403, () => create(alice, { snapshotId }));
  await world.refuses('ImageQuotaExceed.ImageFamily', 400, () => create(alice, { snapshotId, imageFamily: 'full' }));

  const bob = await world.party();
  const bobs = await world.snapshot(bob);
  for (let index = 0; index < quotas.imageFamilies; index++) await world.image(bob, { family: `f${index}` });
  await world.refuses('ImageFamilyQuotaExceed', 400, () => create(bob, { snapshotId: bobs, imageFamily: 'one-more' }));
});

test('what a marketplace image says goes on to what is made from it', async () => {
  const alice = await world.party();
  const base = await world.image(world.operator, { kind: 'marketplace', productCode: 'cmjj01', version: 'v2' });
  const { id: instanceId } = await world.instance(alice, { imageId: base });
  await world.refuses('InvalidImageVersion.Malformed', 400, () => create(alice, { instanceId, imageVersion: 'v3' }));
  const image = await shown(alice, await create(alice, { instanceId }));
  assert.deepEqual([image.productCode, image.imageVersion, image.imageOwnerAlias], ['cmjj01', 'v2', 'self']);
});
