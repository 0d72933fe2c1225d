import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import sdk from '@alicloud/ecs20140526';
import { createImageWorld, type ImageWorld, type Party } from './imageWorld.ts';

let world: ImageWorld;
before(async () => {
  world = await createImageWorld();
});
after(() => world[Symbol.asyncDispose]());

type Query = ConstructorParameters<typeof sdk.DescribeImagesRequest>[0];

async function describe(party: Party, query: Query = {}) {
  const { body } = await party.ecs.describeImages(
    new sdk.DescribeImagesRequest({ regionId: 'cn-hangzhou', pageSize: 100, ...query }),
  );
  return body!;
}

async function found(party: Party, query: Query = {}): Promise<string[]> {
  return (await describe(party, query)).images!.image!.map((image) => image.imageId!);
}

test('an image is shown with everything that clients read', async () => {
  const alice = await world.party();
  const id = await world.image(
    alice,
    {
      name: 'web-1',
      version: '3',
      family: 'web',
      description: 'a web server',
      platform: 'Debian',
      osName: 'Debian  12 64位',
      osNameEn: 'Debian  12 64 bit',
      sizeGib: 20,
      resourceGroupId: 'rg-web',
      createdAt: Date.UTC(2026, 0, 2, 3, 4, 5),
      imdsSupport: 'v2',
      nvmeSupport: 'supported',
      licenseType: 'BYOL',
    },
    [{ sourceDiskSizeGib: 30 }, null],
  );
  const [system, data] = await world.snapshotsOf(id);
  const body = await describe(alice, { imageOwnerAlias: 'self' });
  const image = body.images!.image![0]!.toMap() as object;
  assert.partialDeepStrictEqual(image, {
    ImageId: id,
    ImageName: 'web-1',
    ImageVersion: '3',
    ImageFamily: 'web',
    Description: 'a web server',
    Size: 20,
    Status: 'Available',
    Progress: '100%',
    Usable: true,
    CreationTime: '2026-01-02T03:04:05Z',
    OSName: 'Debian  12 64位',
    OSNameEn: 'Debian  12 64 bit',
    OSType: 'linux',
    Platform: 'Debian',
    Architecture: 'x86_64',
    BootMode: 'BIOS',
    ImageOwnerAlias: 'self',
    ImageOwnerId: Number(alice.accountId),
    IsSelfShared: '',
    IsCopied: false,
    IsSubscribed: false,
    IsPublic: false,
    IsSupportCloudinit: true,
    IsSupportIoOptimized: true,
    LoginAsNonRootSupported: false,
    LicenseType: 'BYOL',
    ProductCode: '',
    Usage: 'none',
    ResourceGroupId: 'rg-web',
    Tags: { Tag: [] },
    Features: { NvmeSupport: 'supported', ImdsSupport: 'v2' },
    DetectionOptions: { Items: { Item: [] } },
  });
  const mapping = { Format: 'RAW', Progress: '100%', RemainTime: 0, Encrypted: false, ImportOSSBucket: '' };
  assert.partialDeepStrictEqual((image as { DiskDeviceMappings: object }).DiskDeviceMappings, {
    DiskDeviceMapping: [
      { ...mapping, SnapshotId: system, Device: '/dev/xvda', Type: 'system', Size: '20' },
      { ...mapping, SnapshotId: data, Device: '/dev/xvdb', Type: 'data', Size: '30' },
      { ...mapping, SnapshotId: '', Device: '/dev/xvdc', Type: 'data', Size: '20' },
    ],
  });
  assert.deepEqual(
    { total: body.totalCount, page: body.pageNumber, size: body.pageSize, region: body.regionId },
    { total: 1, page: 1, size: 100, region: 'cn-hangzhou' },
  );
});

test('public, own and shared images are seen, nobody else’s ever', async () => {
  const alice = await world.party();
  const bob = await world.party();
  const open = await world.image(world.operator, { kind: 'system', id: 'debian_12_x64_20G_alibase_20260101.vhd' });
  const own = await world.image(alice);
  const shared = await world.image(bob, { resourceGroupId: 'rg-bob' });
  const secret = await world.image(bob);
  await world.image(alice, { regionId: 'cn-beijing' });
  await world.share(shared, alice);
  const bobs = new sdk.TagResourcesRequest({ regionId: 'cn-hangzhou', resourceType: 'image', resourceId: [shared] });
  await bob.ecs.tagResources(Object.assign(bobs, { tag: [new sdk.TagResourcesRequestTag({ key: 'secret' })] }));

  const body = await describe(alice);
  const seen = new Map(body.images!.image!.map((image) => [image.imageId!, image]));
  assert.deepEqual([...seen.keys()].sort(), [open, own, shared].sort());
  assert.equal(seen.get(open)!.imageOwnerAlias, 'system');
  assert.equal(seen.get(open)!.imageOwnerId, undefined);
  assert.equal(seen.get(own)!.imageOwnerAlias, 'self');
  const others = seen.get(shared)!;
  assert.equal(others.imageOwnerAlias, 'others');
  assert.equal(others.imageOwnerId, Number(bob.accountId));
  assert.deepEqual(
    [
      others.resourceGroupId,
      others.tags!.tag,
      others.isSelfShared,
      others.diskDeviceMappings!.diskDeviceMapping![0]!.snapshotId,
    ],
    ['', [], '', ''],
  );
  const [bobsView] = (await describe(bob, { imageId: shared })).images!.image!;
  assert.equal(bobsView!.isSelfShared, 'true');
  assert.deepEqual(bobsView!.tags!.tag![0]!.tagKey, 'secret');

  assert.deepEqual(await found(alice, { imageOwnerAlias: 'system' }), [open]);
  assert.deepEqual(await found(alice, { imageOwnerAlias: 'self' }), [own]);
  assert.deepEqual(await found(alice, { imageOwnerAlias: 'others' }), [shared]);
  assert.deepEqual(await found(alice, { imageOwnerAlias: 'marketplace' }), []);
  assert.deepEqual(await found(alice, { imageOwnerAlias: 'others', imageOwnerId: Number(bob.accountId) }), [shared]);
  assert.deepEqual(await found(alice, { imageOwnerAlias: 'others', imageOwnerId: Number(alice.accountId) }), []);
  assert.deepEqual(await found(alice, { imageOwnerAlias: 'others', isPublic: true }), []);
  assert.deepEqual(await found(alice, { imageId: secret }), []);
  assert.deepEqual(await found(alice, { imageId: `${secret},${own},m-bp1none` }), [own]);
  const [bobsSnapshot] = await world.snapshotsOf(shared);
  assert.deepEqual(await found(alice, { snapshotId: bobsSnapshot! }), []);
});

test('each filter finds what it names', async () => {
  const alice = await world.party();
  const self = (query: Query) => found(alice, { imageOwnerAlias: 'self', ...query });
  const linux = await world.image(alice, {
    name: 'web-1',
    family: 'web',
    resourceGroupId: 'rg-a',
    createdAt: Date.UTC(2026, 0, 1, 12, 0, 30),
    isSupportCloudinit: 0,
  });
  const windows = await world.image(
    alice,
    { name: 'db_1', osType: 'windows', createdAt: Date.UTC(2026, 0, 2), isSupportIoOptimized: 0 },
    [{}],
  );
  const arm = await world.image(alice, { name: 'webarm', architecture: 'arm64', createdAt: Date.UTC(2026, 0, 3) });
  await world.instance(alice, { imageId: linux });
  const [, dataSnapshot] = await world.snapshotsOf(windows);

  assert.deepEqual(await self({}), [arm, windows, linux]);
  assert.deepEqual(await self({ imageName: 'web-1' }), [linux]);
  assert.deepEqual(await self({ imageName: 'web*' }), [arm, linux]);
  assert.deepEqual(await self({ imageName: 'db?1' }), []);
  assert.deepEqual(await self({ imageName: 'dbX1' }), []);
  assert.deepEqual(await self({ imageFamily: 'web' }), [linux]);
  assert.deepEqual(await self({ snapshotId: dataSnapshot! }), [windows]);
  assert.deepEqual(await self({ usage: 'instance' }), [linux]);
  assert.deepEqual(await self({ usage: 'none' }), [arm, windows]);
  assert.deepEqual(await self({ OSType: 'windows' }), [windows]);
  assert.deepEqual(await self({ architecture: 'arm64' }), [arm]);
  assert.deepEqual(await self({ isSupportIoOptimized: false }), [windows]);
  assert.deepEqual(await self({ isSupportIoOptimized: true }), [arm, linux]);
  assert.deepEqual(await self({ isSupportCloudinit: false }), [linux]);
  assert.deepEqual(await self({ resourceGroupId: 'rg-a' }), [linux]);
  assert.deepEqual(await self({ actionType: 'ChangeOS' }), [arm, linux]);
  assert.deepEqual(await self({ actionType: 'CreateEcs' }), [arm, windows, linux]);
  assert.deepEqual(await self({ instanceType: 'ecs.g6.large' }), [linux]);
  assert.deepEqual(await self({ showExpired: true }), [arm, windows, linux]);
  const filter = (key: string, value: string) => ({ filter: [new sdk.DescribeImagesRequestFilter({ key, value })] });
  assert.deepEqual(await self(filter('CreationStartTime', '2026-01-02T00:00Z')), [arm, windows]);
  assert.deepEqual(await self(filter('CreationEndTime', '2026-01-01T12:00Z')), [linux]);
  assert.deepEqual(await self(filter('NetworkType', 'vpc')), [arm, windows, linux]);
  const [image] = (await describe(alice, { imageId: linux })).images!.image!;
  assert.equal(image!.usage, 'instance');
});

test('Available is what is shown unless other states are asked for', async () => {
  const alice = await world.party();
  const ids: Record<string, string> = {};
  for (const status of ['Waiting', 'Creating', 'Available', 'UnAvailable', 'CreateFailed', 'Deprecated'] as const) {
    ids[status] = await world.image(alice, { status });
  }
  await world.image(alice, { deletedAt: 1 });
  const self = async (status?: string, more: Query = {}) =>
    (await found(alice, { imageOwnerAlias: 'self', ...(status && { status }), ...more })).sort();
  const of = (...statuses: string[]) => statuses.map((status) => ids[status]!).sort();
  assert.deepEqual(await self(), of('Available'));
  assert.deepEqual(
    await self('Waiting,Creating,CreateFailed,Available'),
    of('Waiting', 'Creating', 'CreateFailed', 'Available'),
  );
  assert.deepEqual(await self('ALL'), Object.values(ids).sort());
  assert.deepEqual(await self('ALL', { usable: true }), of('Available', 'Deprecated'));
  assert.deepEqual(await self('Available', { usable: false }), []);
});

test('tags narrow, all of them together', async () => {
  const alice = await world.party();
  const one = await world.image(alice);
  const two = await world.image(alice);
  const tag = (resourceId: string[], key: string, value?: string) =>
    alice.ecs.tagResources(
      new sdk.TagResourcesRequest({
        regionId: 'cn-hangzhou',
        resourceType: 'image',
        resourceId,
        tag: [new sdk.TagResourcesRequestTag({ key, ...(value && { value }) })],
      }),
    );
  await tag([one, two], 'team', 'web');
  await tag([two], 'stage', 'test');
  const by = async (...tags: [string, string?][]) => {
    const list = tags.map(([key, value]) => new sdk.DescribeImagesRequestTag({ key, ...(value && { value }) }));
    return (await found(alice, { tag: list })).sort();
  };
  assert.deepEqual(await by(['team']), [one, two].sort());
  assert.deepEqual(await by(['team', 'web']), [one, two].sort());
  assert.deepEqual(await by(['team', 'db']), []);
  assert.deepEqual(await by(['team', 'web'], ['stage']), [two]);
  const [shown] = (await describe(alice, { imageId: two })).images!.image!;
  assert.deepEqual(
    shown!.tags!.tag!.map(({ tagKey, tagValue }) => [tagKey, tagValue]),
    [
      ['stage', 'test'],
      ['team', 'web'],
    ],
  );
});

test('a walk through the pages meets every image once', async () => {
  const alice = await world.party();
  const ids: string[] = [];
  for (let index = 0; index < 7; index++)
    ids.push(await world.image(alice, { createdAt: 1_800_000_000_000 + (index >> 1) }));
  const pages: string[][] = [];
  for (const pageNumber of [1, 2, 3, 4]) {
    const body = await describe(alice, { imageOwnerAlias: 'self', pageSize: 3, pageNumber });
    assert.equal(body.totalCount, 7);
    pages.push(body.images!.image!.map((image) => image.imageId!));
  }
  assert.deepEqual(
    pages.map((page) => page.length),
    [3, 3, 1, 0],
  );
  assert.deepEqual(pages.flat().sort(), ids.sort());
});

test('what makes no sense is refused by its official code', async () => {
  const alice = await world.party();
  const filter = (key: string, value: string) => ({ filter: [new sdk.DescribeImagesRequestFilter({ key, value })] });
  const tags = (count: number) =>
    Array.from({ length: count }, (_, index) => new sdk.DescribeImagesRequestTag({ key: `k${index}` }));
  const cases: [string, number, Query][] = [
    ['InvalidRegionId.NotFound', 404, { regionId: 'cn-nowhere' }],
    ['InvalidImageOwnerAlias.ValueNotSupported', 400, { imageOwnerAlias: 'friends' }],
    ['InvalidImageOwnerAlias.PublicImageUnsupported', 400, { isPublic: true }],
    ['InvalidImageOwnerAlias.PublicImageUnsupported', 400, { isPublic: true, imageOwnerAlias: 'self' }],
    ['InvalidOperation.ImageOwnerIdUnsupported', 400, { imageOwnerId: 1000000000000001 }],
    ['InvalidOperation.ImageOwnerIdUnsupported', 400, { imageOwnerId: 1000000000000001, imageOwnerAlias: 'self' }],
    ['InvalidUsage', 404, { usage: 'disk' }],
    ['InvalidOSType', 404, { OSType: 'beos' }],
    ['InvalidArchitecture', 404, { architecture: 'mips' }],
    ['InvalidInstanceType.ValueNotSupported', 400, { instanceType: 'ecs.none' }],
    ['InvalidParamter', 400, { actionType: 'Dance' }],
    ['InvalidParamter', 400, { status: 'Available,Broken' }],
    ['InvalidParamter', 400, { imageId: Array(101).fill('m-1').join(',') }],
    ['InvalidFilterKey.NotFound', 404, filter('Colour', 'red')],
    ['InvalidFilterValue', 404, filter('CreationStartTime', 'yesterday')],
    ['InvalidFilterValue.NetworkType', 400, filter('NetworkType', 'token ring')],
    ['InvalidTagCount', 400, { tag: tags(21) }],
    ['InvalidTag.Mismatch', 400, { tag: [new sdk.DescribeImagesRequestTag({ value: 'v' })] }],
    ['InvalidParameter', 400, { pageNumber: 0 }],
    ['InvalidParameter', 400, { pageSize: 101 }],
    ['DryRunOperation', 400, { dryRun: true }],
  ];
  for (const [code, status, query] of cases) await world.refuses(code, status, () => describe(alice, query));
});

test('the newest usable image of a family is found', async () => {
  const alice = await world.party();
  const bob = await world.party();
  const ask = async (imageFamily: string) => {
    const request = new sdk.DescribeImageFromFamilyRequest({ regionId: 'cn-hangzhou', imageFamily });
    return (await alice.ecs.describeImageFromFamily(request)).body!.image;
  };
  assert.equal(await ask('web'), undefined);
  await world.image(alice, { family: 'web', createdAt: 1 });
  const newest = await world.image(alice, { family: 'web', createdAt: 2, name: 'newest' });
  await world.image(alice, { family: 'web', createdAt: 3, status: 'Deprecated' });
  await world.image(alice, { family: 'web', createdAt: 4, status: 'Creating' });
  await world.image(alice, { family: 'web', createdAt: 5, regionId: 'cn-beijing' });
  await world.share(await world.image(bob, { family: 'web', createdAt: 6 }), alice);
  const image = await ask('web');
  assert.equal(image!.imageId, newest);
  assert.equal(image!.imageName, 'newest');
  assert.equal(image!.diskDeviceMappings!.diskDeviceMapping![0]!.size, '20');
  await world.refuses('MissingImageFamily', 400, () => ask(''));
});
