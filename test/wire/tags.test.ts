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

type Tags = Record<string, string>;
type Untagging = ConstructorParameters<typeof sdk.UntagResourcesRequest>[0];
type Listing = ConstructorParameters<typeof sdk.ListTagResourcesRequest>[0];
type Describing = ConstructorParameters<typeof sdk.DescribeTagsRequest>[0];
type Removing = ConstructorParameters<typeof sdk.RemoveTagsRequest>[0];

const IMAGE = { regionId: 'cn-hangzhou', resourceType: 'image' };
const many = (count: number, value = ''): Tags =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, value]));

const put = (party: Party, resourceId: string[], tags: Tags, place: object = {}) =>
  party.ecs.tagResources(
    new sdk.TagResourcesRequest({
      ...IMAGE,
      resourceId,
      tag: Object.entries(tags).map(([key, value]) => new sdk.TagResourcesRequestTag({ key, value })),
      ...place,
    }),
  );

const untag = (party: Party, wish: Untagging) =>
  party.ecs.untagResources(new sdk.UntagResourcesRequest({ ...IMAGE, ...wish }));

const add = (party: Party, resourceId: string, tags: Tags, place: object = {}) =>
  party.ecs.addTags(
    new sdk.AddTagsRequest({
      ...IMAGE,
      resourceId,
      tag: Object.entries(tags).map(([key, value]) => new sdk.AddTagsRequestTag({ key, value })),
      ...place,
    }),
  );

const remove = (party: Party, resourceId: string, wish: Removing = {}) =>
  party.ecs.removeTags(new sdk.RemoveTagsRequest({ ...IMAGE, resourceId, ...wish }));

const list = async (party: Party, wish: Listing = {}) =>
  (await party.ecs.listTagResources(new sdk.ListTagResourcesRequest({ ...IMAGE, ...wish }))).body!;

const describe = async (party: Party, wish: Describing = {}) =>
  (await party.ecs.describeTags(new sdk.DescribeTagsRequest({ regionId: 'cn-hangzhou', ...wish }))).body!;

/** The tags of one image, `key=value`, by key. */
const of = async (party: Party, resourceId: string): Promise<string[]> =>
  (await list(party, { resourceId: [resourceId] })).tagResources!.tagResource!.map(
    (tag) => `${tag.tagKey}=${tag.tagValue}`,
  );

test('tags are set, overwritten, listed and taken off', async () => {
  const alice = await world.party();
  const one = await world.image(alice);
  const two = await world.image(alice);
  await put(alice, [one, two], { team: 'web', stage: '' });
  await put(alice, [two], { team: 'db' });
  assert.deepEqual(await of(alice, one), ['stage=', 'team=web']);
  assert.deepEqual(await of(alice, two), ['stage=', 'team=db']);
  const { tagResources, nextToken } = await list(alice, { resourceId: [one] });
  assert.deepEqual(tagResources!.tagResource![0]!.toMap(), {
    ResourceId: one,
    ResourceType: 'image',
    TagKey: 'stage',
    TagValue: '',
  });
  assert.equal(nextToken, '');
  await untag(alice, { resourceId: [one, two], tagKey: ['team', 'unknown'] });
  assert.deepEqual(await of(alice, one), ['stage=']);
  await untag(alice, { resourceId: [one], all: true });
  assert.deepEqual(await of(alice, one), []);
  assert.deepEqual(await of(alice, two), ['stage=']);
});

test('resources of every type that is kept here bear tags', async () => {
  const alice = await world.party();
  const { id: instance, diskIds } = await world.instance(alice);
  const group = { regionId: 'cn-hangzhou', securityGroupName: 'web' };
  const pair = { regionId: 'cn-hangzhou', keyPairName: 'laptop' };
  const resources: [string, string][] = [
    ['instance', instance],
    ['disk', diskIds[0]!],
    ['snapshot', await world.snapshot(alice)],
    ['image', await world.image(alice)],
    [
      'securitygroup',
      (await alice.ecs.createSecurityGroup(new sdk.CreateSecurityGroupRequest(group))).body!.securityGroupId!,
    ],
    ['keypair', (await alice.ecs.createKeyPair(new sdk.CreateKeyPairRequest(pair))).body!.keyPairName!],
  ];
  for (const [resourceType, resourceId] of resources) {
    await put(alice, [resourceId], { team: resourceType }, { resourceType });
    const { tagResources } = await list(alice, { resourceType, resourceId: [resourceId] });
    assert.deepEqual(
      tagResources!.tagResource!.map(({ tagValue }) => tagValue),
      [resourceType],
    );
    await world.refuses('InvalidResourceId.NotFound', 404, () => put(alice, ['none'], { a: 'b' }, { resourceType }));
  }
  for (const resourceType of ['volume', 'eni', 'ddh', 'launchtemplate', 'reservedinstance', 'snapshotpolicy']) {
    await world.refuses('InvalidResourceId.NotFound', 404, () => put(alice, ['none'], { a: 'b' }, { resourceType }));
  }
  const { tags } = await describe(alice, { tag: [new sdk.DescribeTagsRequestTag({ key: 'team', value: 'keypair' })] });
  assert.partialDeepStrictEqual(tags!.tag![0]!.toMap(), {
    TagKey: 'team',
    TagValue: 'keypair',
    ResourceTypeCount: { KeyPair: 1, Image: 0 },
  });
});

test('two accounts’ key pairs of one name have tags of their own', async () => {
  const alice = await world.party();
  const bob = await world.party();
  const pair = { regionId: 'cn-hangzhou', keyPairName: 'shared-name' };
  const place = { resourceType: 'keypair' };
  for (const party of [alice, bob]) {
    await party.ecs.createKeyPair(new sdk.CreateKeyPairRequest(pair));
    await put(party, ['shared-name'], { owner: party.accountId }, place);
  }
  await untag(alice, { ...place, resourceId: ['shared-name'], all: true });
  const { tagResources } = await list(bob, { ...place, resourceId: ['shared-name'] });
  assert.deepEqual(
    tagResources!.tagResource!.map(({ tagValue }) => tagValue),
    [bob.accountId],
  );
});

test('a resource of another account can’t be tagged, and its tags are not seen', async () => {
  const alice = await world.party();
  const bob = await world.party();
  const imageId = await world.image(alice);
  await world.share(imageId, bob);
  await put(alice, [imageId], { secret: 'plan' });
  const own = await world.image(bob);
  await world.refuses('InvalidResourceId.NotFound', 404, () => put(bob, [own, imageId], { a: 'b' }));
  await world.refuses('InvalidResourceId.NotFound', 404, () => untag(bob, { resourceId: [imageId], all: true }));
  await world.refuses('InvalidResourceId.NotFound', 404, () => add(bob, imageId, { a: 'b' }));
  await world.refuses('InvalidResourceId.NotFound', 404, () => remove(bob, imageId));
  assert.deepEqual(await of(bob, imageId), []);
  assert.deepEqual((await describe(bob)).tags!.tag, []);
});

test('resources are found by their tags', async () => {
  const alice = await world.party();
  const one = await world.image(alice);
  const two = await world.image(alice);
  await put(alice, [one, two], { team: 'web' });
  await put(alice, [two], { stage: 'test' });
  await put(alice, [await world.image(alice, { regionId: 'cn-beijing' })], { team: 'web' }, { regionId: 'cn-beijing' });
  const ids = async (wish: Listing) =>
    [...new Set((await list(alice, wish)).tagResources!.tagResource!.map(({ resourceId }) => resourceId!))].sort();
  const tag = (key: string, value?: string) => new sdk.ListTagResourcesRequestTag({ key, ...(value && { value }) });
  const filter = (tagKey: string, ...tagValues: string[]) =>
    new sdk.ListTagResourcesRequestTagFilter({ tagKey, ...(tagValues.length > 0 && { tagValues }) });
  assert.deepEqual(await ids({ tag: [tag('team', 'web')] }), [one, two].sort());
  assert.deepEqual(await ids({ tag: [tag('team'), tag('stage', 'test')] }), [two]);
  assert.deepEqual(await ids({ tag: [tag('team', 'db')] }), []);
  assert.deepEqual(await ids({ tagFilter: [filter('stage', 'test', 'live')] }), [two]);
  assert.deepEqual(await ids({ tagFilter: [filter('team'), filter('stage', 'live')] }), []);
  assert.deepEqual(await ids({ resourceId: [one, 'm-bp1none'] }), [one]);
});

test('a long list goes on by token', async () => {
  const alice = await world.party();
  const rows = Array.from({ length: 51 }, (_, resource) =>
    Array.from({ length: 20 }, (__, key) => ({
      accountId: alice.accountId,
      regionId: 'cn-hangzhou',
      resourceType: 'image',
      resourceId: `m-${String(resource).padStart(2, '0')}`,
      key: `k${key}`,
      value: '',
    })),
  ).flat();
  await world.world.parts.database.write((tx) => tx.insertInto('tags').values(rows).execute());
  const tag = [new sdk.ListTagResourcesRequestTag({ key: 'k1' })];
  const first = await list(alice, { tag });
  const second = await list(alice, { tag, nextToken: first.nextToken! });
  const seen = [first, second].flatMap((body) =>
    body.tagResources!.tagResource!.map((each) => `${each.resourceId} ${each.tagKey}`),
  );
  assert.deepEqual([first.tagResources!.tagResource!.length, second.nextToken], [1000, '']);
  assert.equal(new Set(seen).size, rows.length);
});

test('the tags in use are counted', async () => {
  const alice = await world.party();
  const images = [await world.image(alice), await world.image(alice)];
  const snapshotId = await world.snapshot(alice);
  await put(alice, images, { team: 'web' });
  await put(alice, [images[0]!], { team: 'db', stage: 'test' });
  await put(alice, [snapshotId], { team: 'web' }, { resourceType: 'snapshot' });
  const names = async (wish: Describing = {}) =>
    (await describe(alice, wish)).tags!.tag!.map((tag) => `${tag.tagKey}=${tag.tagValue}`);
  assert.deepEqual(await names(), ['stage=test', 'team=db', 'team=web']);
  const body = await describe(alice);
  assert.deepEqual([body.totalCount, body.pageNumber, body.pageSize], [3, 1, 50]);
  assert.deepEqual(body.tags!.tag![2]!.resourceTypeCount!.toMap(), {
    Ddh: 0,
    Disk: 0,
    Eni: 0,
    Image: 1,
    Instance: 0,
    KeyPair: 0,
    LaunchTemplate: 0,
    ReservedInstance: 0,
    Securitygroup: 0,
    Snapshot: 1,
    SnapshotPolicy: 0,
    Volume: 0,
  });
  assert.deepEqual(await names({ resourceType: 'snapshot' }), ['team=web']);
  assert.deepEqual(await names({ resourceType: 'image', resourceId: images[1]! }), ['team=web']);
  assert.deepEqual(await names({ tag: [new sdk.DescribeTagsRequestTag({ key: 'team' })] }), ['team=db', 'team=web']);
  assert.deepEqual(await names({ tag: [new sdk.DescribeTagsRequestTag({ key: 'team', value: 'db' })] }), ['team=db']);
  assert.deepEqual(await names({ pageNumber: 2, pageSize: 2 }), ['team=web']);
});

test('the older AddTags and RemoveTags do the same for one resource', async () => {
  const alice = await world.party();
  const imageId = await world.image(alice);
  await add(alice, imageId, { team: 'web', stage: 'test', size: 'l' });
  assert.deepEqual(await of(alice, imageId), ['size=l', 'stage=test', 'team=web']);
  const tag = (key: string, value?: string) => new sdk.RemoveTagsRequestTag({ key, ...(value && { value }) });
  await remove(alice, imageId, { tag: [tag('team', 'db'), tag('stage', 'test')] });
  assert.deepEqual(await of(alice, imageId), ['size=l', 'team=web']);
  await remove(alice, imageId, { tag: [tag('team')] });
  assert.deepEqual(await of(alice, imageId), ['size=l']);
  await remove(alice, imageId);
  assert.deepEqual(await of(alice, imageId), []);
});

test('tags that are refused', async () => {
  const alice = await world.party();
  const imageId = await world.image(alice);
  await put(alice, [imageId], many(quotas.tagsOfResource - 1));
  const here = [imageId];
  const twice = { tag: ['1', '2'].map((value) => new sdk.TagResourcesRequestTag({ key: 'k', value })) };
  const noKey = { tag: [new sdk.TagResourcesRequestTag({ value: 'v' })] };
  const ids = (count: number) => Array.from({ length: count }, (_, index) => `m-${index}`);
  const cases: [string, number, () => Promise<unknown>][] = [
    ['MissingParameter.RegionId', 404, () => put(alice, here, { a: 'b' }, { regionId: '' })],
    ['InvalidRegionId.NotFound', 404, () => put(alice, here, { a: 'b' }, { regionId: 'cn-nowhere' })],
    ['MissingParameter.ResourceType', 404, () => put(alice, here, { a: 'b' }, { resourceType: '' })],
    ['InvalidResourceType.NotFound', 404, () => put(alice, here, { a: 'b' }, { resourceType: 'teapot' })],
    ['InvalidResourceId.NotFound', 404, () => put(alice, [], { a: 'b' })],
    ['InvalidResourceId.NotFound', 404, () => put(alice, here, { a: 'b' }, { regionId: 'cn-beijing' })],
    ['InvalidResourceId.NotFound', 404, () => put(alice, [...here, 'm-bp1none'], { a: 'b' })],
    ['NumberExceed.ResourceIds', 400, () => put(alice, ids(51), { a: 'b' })],
    ['MissingParameter.Tags', 404, () => put(alice, here, {})],
    ['NumberExceed.Tags', 400, () => put(alice, here, many(21))],
    ['InvalidTagKey.Malformed', 400, () => put(alice, here, { 'acs:k': '' })],
    ['InvalidTagKey.Malformed', 400, () => put(alice, here, {}, noKey)],
    ['InvalidTagValue.Malformed', 400, () => put(alice, here, { k: 'x'.repeat(129) })],
    ['Duplicate.TagKey', 400, () => put(alice, here, {}, twice)],
    ['OperationDenied.QuotaExceed', 400, () => put(alice, here, { new1: '', new2: '' })],

    ['MissingParameter.RegionId', 404, () => untag(alice, { regionId: '', resourceId: here, all: true })],
    ['MissingParameter.ResourceType', 404, () => untag(alice, { resourceType: '', resourceId: here, all: true })],
    ['MissingParameter.Tags', 404, () => untag(alice, { resourceId: here })],
    ['NumberExceed.Tags', 400, () => untag(alice, { resourceId: here, tagKey: Object.keys(many(21)) })],
    ['NumberExceed.ResourceIds', 400, () => untag(alice, { resourceId: ids(51), all: true })],
    ['InvalidResourceId.NotFound', 404, () => untag(alice, { resourceId: ['m-bp1none'], all: true })],

    ['MissingParameter.RegionId', 404, () => list(alice, { regionId: '', resourceId: here })],
    ['MissingParameter.ResourceType', 404, () => list(alice, { resourceType: '', resourceId: here })],
    ['InvalidResourceType.NotFound', 404, () => list(alice, { resourceType: 'teapot', resourceId: here })],
    ['MissingParameter.Tags', 404, () => list(alice)],
    ['NumberExceed.ResourceIds', 400, () => list(alice, { resourceId: ids(51) })],
    ['InvalidTag.Mismatch', 400, () => list(alice, { tag: [new sdk.ListTagResourcesRequestTag({ value: 'v' })] })],
    [
      'InvalidTagKey.Malformed',
      400,
      () => list(alice, { tagFilter: [new sdk.ListTagResourcesRequestTagFilter({ tagValues: ['v'] })] }),
    ],
    ['InvalidParameter', 400, () => list(alice, { resourceId: here, nextToken: 'stale' })],

    ['InvalidRegionId.NotFound', 404, () => describe(alice, { regionId: 'cn-nowhere' })],
    ['InvalidResourceType.NotFound', 404, () => describe(alice, { resourceType: 'teapot' })],
    [
      'InvalidTagKey.Malformed',
      400,
      () => describe(alice, { tag: [new sdk.DescribeTagsRequestTag({ key: 'acs:k' })] }),
    ],
    [
      'InvalidTagValue.Malformed',
      400,
      () => describe(alice, { tag: [new sdk.DescribeTagsRequestTag({ key: 'k', value: 'acs:v' })] }),
    ],
    [
      'InvalidTagCount',
      400,
      () => describe(alice, { tag: Object.keys(many(21)).map((key) => new sdk.DescribeTagsRequestTag({ key })) }),
    ],
    ['InvalidParameter', 400, () => describe(alice, { pageSize: 101 })],

    ['MissingResourceType', 400, () => add(alice, imageId, { a: 'b' }, { resourceType: '' })],
    ['MissingResourceId', 400, () => add(alice, '', { a: 'b' })],
    ['InvalidRegionId.NotFound', 404, () => add(alice, imageId, { a: 'b' }, { regionId: 'cn-nowhere' })],
    ['InvalidResourceType.NotFound', 404, () => add(alice, imageId, { a: 'b' }, { resourceType: 'teapot' })],
    ['InvalidResourceId.NotFound', 404, () => add(alice, 'm-bp1none', { a: 'b' })],
    ['InvalidTagCount', 400, () => add(alice, imageId, {})],
    ['InvalidTagCount', 400, () => add(alice, imageId, many(21))],
    ['InvalidTagKey.Malformed', 400, () => add(alice, imageId, { aliyun: '' })],
    ['OperationDenied.QuotaExceed', 400, () => add(alice, imageId, { new1: '', new2: '' })],

    ['MissingResourceId', 400, () => remove(alice, '')],
    ['InvalidResourceId.NotFound', 404, () => remove(alice, 'm-bp1none')],
    ['InvalidResourceType.NotFound', 404, () => remove(alice, imageId, { resourceType: 'teapot' })],
    [
      'InvalidTagKey.Malformed',
      400,
      () => remove(alice, imageId, { tag: [new sdk.RemoveTagsRequestTag({ value: 'v' })] }),
    ],
    [
      'InvalidTagCount',
      400,
      () => remove(alice, imageId, { tag: Object.keys(many(21)).map((key) => new sdk.RemoveTagsRequestTag({ key })) }),
    ],
  ];
  for (const [code, status, call] of cases) await world.refuses(code, status, call);
  await put(alice, here, { ...many(1, 'changed'), last: '' });
  assert.equal((await of(alice, imageId)).length, quotas.tagsOfResource);
});
