import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import sdk from '@alicloud/ecs20140526';
import { catalogue, findCatalogueImage } from '../../src/rules/catalogue.ts';
import { misfit } from '../../src/rules/imageFit.ts';
import { instanceTypes } from '../../src/rules/instanceTypes.ts';
import type { Party } from './imageWorld.ts';
import { createInstanceWorld } from './instanceWorld.ts';

const CENTOS = 'centos_7_9_x64_20G_alibase_20230109.vhd';
const DEBIAN_ARM = 'debian_12_arm64_20G_alibase_20260101.vhd';
const LINUX_2 = 'aliyun_2_1903_x64_20G_alibase_20240628.vhd';
const LISTED = catalogue.filter(({ status }) => status === 'Available');

const withCatalogue = () => createInstanceWorld({ config: { catalogue: true } });
type Filter = NonNullable<ConstructorParameters<typeof sdk.DescribeImagesRequest>[0]>;

async function list(party: Party, filter: Filter = {}) {
  const request = new sdk.DescribeImagesRequest({ regionId: 'cn-hangzhou', pageSize: 100, ...filter });
  return (await party.ecs.describeImages(request)).body!;
}

const idsOf = (body: Awaited<ReturnType<typeof list>>) => body.images!.image!.map(({ imageId }) => imageId!);

test('the catalogue says of itself what the rules say', () => {
  for (const entry of catalogue) {
    const traits = {
      ...entry,
      nvmeSupport: entry.nvme ? ('supported' as const) : ('unsupported' as const),
      isSupportIoOptimized: entry.ioOptimized ? (1 as const) : (0 as const),
    };
    const x86 = instanceTypes.filter(({ architecture }) => architecture === 'X86');
    const onXen = x86.some((type) => type.hypervisor === 'Xen' && misfit(traits, type) === null);
    if (entry.architecture !== 'arm64') assert.equal(onXen, entry.hypervisors.includes('Xen'), entry.imageId);
    assert.match(entry.imageId, /_\d{2,3}G_\w*_\d{8,9}\.vhd$/);
    assert.ok(Number.isSafeInteger(entry.createdAt), entry.imageId);
    assert.equal(findCatalogueImage(entry.imageId), entry);
  }
});

test('public images are in every region under the same id, nobody’s, in pages and by every filter', async () => {
  await using world = await withCatalogue();
  const alice = await world.launcher();
  for (const regionId of ['cn-hangzhou', 'cn-beijing', 'us-west-1']) {
    const body = await list(alice, { regionId, imageOwnerAlias: 'system' });
    assert.equal(body.totalCount, LISTED.length);
    const newestFirst = [...LISTED].sort((one, other) => other.createdAt - one.createdAt);
    const dates = body.images!.image!.map(({ creationTime }) => creationTime!);
    assert.deepEqual(
      dates,
      newestFirst.map(({ createdAt }) => new Date(createdAt).toISOString().replace('.000', '')),
    );
  }
  const own = alice.imageId;
  const everything = await list(alice);
  assert.equal(everything.totalCount, LISTED.length + 1);
  assert.equal(idsOf(everything)[0], own);
  const walked: string[] = [];
  for (let page = 1; walked.length < everything.totalCount!; page++) {
    walked.push(...idsOf(await list(alice, { pageSize: 10, pageNumber: page })));
  }
  assert.equal(new Set(walked).size, everything.totalCount);
  assert.deepEqual(idsOf(await list(alice, { imageOwnerAlias: 'self' })), [own]);
  assert.deepEqual(idsOf(await list(alice, { imageOwnerAlias: 'others' })), []);
  assert.deepEqual(idsOf(await list(world.operator, { imageOwnerAlias: 'self' })), []);
  const counted = async (filter: Filter) => (await list(alice, { imageOwnerAlias: 'system', ...filter })).totalCount;
  const where = (matches: (entry: (typeof catalogue)[number]) => boolean) => LISTED.filter(matches).length;
  assert.equal(
    await counted({ architecture: 'arm64' }),
    where(({ architecture }) => architecture === 'arm64'),
  );
  assert.equal(
    await counted({ OSType: 'windows' }),
    where(({ osType }) => osType === 'windows'),
  );
  assert.equal(
    await counted({ imageName: 'ubuntu_*' }),
    where(({ imageId }) => imageId.startsWith('ubuntu_')),
  );
  assert.equal(await counted({ status: 'ALL' }), catalogue.length);
  assert.equal(await counted({ status: 'Deprecated' }), catalogue.length - LISTED.length);
  assert.equal(await counted({ isSupportIoOptimized: true, isSupportCloudinit: true }), LISTED.length);
  assert.equal(
    await counted({ actionType: 'ChangeOS', instanceType: 'ecs.g6r.large' }),
    where(({ architecture }) => architecture === 'arm64'),
  );
  assert.equal(await counted({ usage: 'instance' }), 0);
  assert.equal(await counted({ resourceGroupId: 'rg-none' }), 0);
  const tag = (key: string, value?: string) => [new sdk.DescribeImagesRequestTag({ key, value })];
  assert.equal(await counted({ tag: tag('acs:tongjing:disk', 'none') }), LISTED.length);
  assert.equal(await counted({ tag: tag('acs:tongjing:disk', 'own') }), 0);
  const classic = [new sdk.DescribeImagesRequestFilter({ key: 'NetworkType', value: 'classic' })];
  assert.equal(
    await counted({ filter: classic }),
    where(({ networks }) => networks.includes('classic')),
  );
  const online = (value: string) => [new sdk.DescribeImagesRequestFilter({ key: 'MemoryOnlineUpgrade', value })];
  assert.equal(await counted({ filter: online('unsupported') }), LISTED.length);
  assert.equal(await counted({ filter: online('supported') }), 0);
  await world.refuses('InvalidFilterValue', 404, () => list(alice, { filter: online('perhaps') }));
  await world.refuses('DryRunOperation', 400, () => list(alice, { dryRun: true }));
  assert.equal(await counted({ showExpired: true }), LISTED.length);
  const [centos] = (await list(alice, { imageId: CENTOS })).images!.image!;
  assert.equal(centos!.imageOwnerAlias, 'system');
  assert.equal(centos!.imageOwnerId, undefined);
  assert.equal(centos!.OSName, 'CentOS  7.9 64位');
  assert.equal(centos!.OSNameEn, 'CentOS  7.9 64 bit');
  assert.equal(centos!.diskDeviceMappings!.diskDeviceMapping![0]!.snapshotId, '');
});

test('an image launches by id, also an older id, and by family; usage is the caller’s in the region', async () => {
  await using world = await withCatalogue();
  const alice = await world.launcher();
  const bob = await world.launcher();
  const [id] = await alice.run({ imageId: 'centos_7_04_64_20G_alibase_201701015.vhd' });
  const described = await world.row('instances', id!);
  assert.equal(described!.imageId, 'centos_7_04_64_20G_alibase_201701015.vhd');
  assert.equal((await alice.run({ imageFamily: 'acs:centos_7_9_x64', imageId: undefined })).length, 1);
  assert.deepEqual(idsOf(await list(alice, { usage: 'instance' })), [CENTOS]);
  assert.deepEqual(idsOf(await list(alice, { regionId: 'cn-beijing', usage: 'instance' })), []);
  assert.deepEqual(idsOf(await list(bob, { usage: 'instance' })), []);
  const family = await alice.ecs.describeImageFromFamily(
    new sdk.DescribeImageFromFamilyRequest({
      regionId: 'cn-beijing',
      imageFamily: 'acs:alibaba_cloud_linux_2_1903_lts_x64',
    }),
  );
  assert.equal(family.body!.image!.imageId, LINUX_2);
});

test('public images are nobody’s to change, copy, share or delete', async () => {
  await using world = await withCatalogue();
  const alice = await world.launcher();
  const regionId = 'cn-hangzhou';
  for (const { ecs } of [alice, world.operator]) {
    const of = { regionId, imageId: CENTOS };
    await world.refuses('InvalidImageId.NotFound', 404, () =>
      ecs.modifyImageAttribute(new sdk.ModifyImageAttributeRequest({ ...of, description: 'mine' })),
    );
    await world.refuses('InvalidImageId.NotFound', 404, () =>
      ecs.modifyImageSharePermission(
        new sdk.ModifyImageSharePermissionRequest({ ...of, addAccount: [alice.accountId] }),
      ),
    );
    await world.refuses('Forbbiden', 403, () =>
      ecs.copyImage(new sdk.CopyImageRequest({ ...of, destinationRegionId: 'cn-beijing' })),
    );
  }
});

test('an image that does not fit the type is refused, and the type not listed for it', async () => {
  await using world = await withCatalogue();
  const alice = await world.launcher();
  const types = async (imageId: string, actionType?: string) => {
    const of = { regionId: 'cn-hangzhou', imageId, actionType };
    const request = new sdk.DescribeImageSupportInstanceTypesRequest(of);
    const { body } = await alice.ecs.describeImageSupportInstanceTypes(request);
    return body!.instanceTypes!.instanceType!.map(({ instanceTypeId }) => instanceTypeId!);
  };
  const arm = await types(DEBIAN_ARM);
  assert.ok(arm.includes('ecs.g6r.large') && !arm.includes('ecs.g6.large'));
  await world.refuses('ImageNotSupportInstanceType', 403, () => alice.run({ imageId: DEBIAN_ARM }));
  const full = await world.image(alice, {}, [{}]);
  assert.ok((await types(full)).length > 0);
  assert.deepEqual(await types(full, 'ChangeOS'), []);
  const slow = await world.image(alice, { isSupportIoOptimized: 0 });
  const ofSlow = await types(slow);
  assert.ok(ofSlow.includes('ecs.s2.large') && !ofSlow.includes('ecs.g6.large'));
  const listed = async (instanceType: string) => idsOf(await list(alice, { imageOwnerAlias: 'self', instanceType }));
  assert.deepEqual(
    [(await listed('ecs.s2.large')).includes(slow), (await listed('ecs.g6.large')).includes(slow)],
    [true, false],
  );
  await world.refuses('InvalidImageId.NotFound', 404, () => types('m-bp1nothing'));
  await world.refuses('InvalidParamter', 400, () =>
    alice.ecs.describeImageSupportInstanceTypes(
      new sdk.DescribeImageSupportInstanceTypesRequest({
        regionId: 'cn-hangzhou',
        imageId: CENTOS,
        actionType: 'Boot',
      }),
    ),
  );
});

test('a folder started without the catalogue loses it, and has it again when started with it', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'tongjing-catalogue-'));
  try {
    for (const isOn of [true, false, true]) {
      await using world = await createInstanceWorld({ dataDir, config: { catalogue: isOn } });
      const { totalCount } = await list(await world.launcher(), { imageOwnerAlias: 'system' });
      assert.equal(totalCount, isOn ? LISTED.length : 0);
    }
  } finally {
    rmSync(dataDir, { recursive: true });
  }
});
