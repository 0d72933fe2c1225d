import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { grant, makeBucket } from '../requirements/exports.ts';
import { createExplainWorld, type ExplainWorld } from './explainWorld.ts';

let world: ExplainWorld;
before(async () => {
  world = await createExplainWorld();
});
after(() => world[Symbol.asyncDispose]());

const RegionId = 'cn-hangzhou';

test('delete: an image that nobody uses', async () => {
  const alice = await world.party();
  const ResourceId = await world.image(alice);
  assert.deepEqual(await world.agrees(alice, { Verb: 'delete', ResourceId }), []);
});

test('delete: shared, and instances were made from it: every reason, one step after the other', async () => {
  const alice = await world.party();
  const ResourceId = await world.image(alice);
  for (let count = 0; count < 12; count += 1) await world.share(ResourceId, await world.party());
  await world.instance(alice, { imageId: ResourceId });
  const codes = await world.leadsOn(alice, { Verb: 'delete', ResourceId });
  assert.deepEqual(codes, ['ImageUseShared', 'ImageUsingByInstance']);
});

test('delete: by force at once', async () => {
  const alice = await world.party();
  const ResourceId = await world.image(alice);
  await world.instance(alice, { imageId: ResourceId });
  assert.deepEqual(await world.agrees(alice, { Verb: 'delete', ResourceId, Force: 'true' }), []);
});

test('delete: a public image is nobody’s to delete, and there is no way', async () => {
  const ResourceId = await world.image(world.operator, { kind: 'system' });
  assert.deepEqual(await world.agrees(world.operator, { Verb: 'delete', ResourceId }), ['ImageIsPublic']);
  assert.equal((await world.explain(world.operator, { Verb: 'delete', ResourceId })).Remedied, false);
});

test('copy: one’s own goes anywhere; deprecated after it is restored', async () => {
  const alice = await world.party();
  const ResourceId = await world.image(alice);
  const question = { Verb: 'copy', ResourceId, DestinationRegionId: 'cn-beijing' };
  assert.deepEqual(await world.agrees(alice, question), []);
  await world.world.settled();
  await world.change('images', ResourceId, { status: 'Deprecated' });
  assert.deepEqual(await world.leadsOn(alice, question), ['IncorrectImageStatus']);
});

test('copy: a shared image within its region first, from where the copy goes on', async () => {
  const alice = await world.party();
  const bob = await world.party();
  const ResourceId = await world.image(alice);
  await world.share(ResourceId, bob);
  const question = { Verb: 'copy', ResourceId, DestinationRegionId: 'cn-shanghai' };
  const { CallAfterSteps } = await world.explain(bob, question);
  assert.equal(
    CallAfterSteps.CommandLine,
    "aliyun ecs CopyImage --RegionId cn-hangzhou --ImageId '<ImageId of step 1>' --DestinationRegionId cn-shanghai",
  );
  assert.deepEqual(await world.leadsOn(bob, question), ['OperationDenied.SameRegionOnly']);
});

test('copy: with as many images there as one may have', async () => {
  const alice = await world.party();
  const ResourceId = await world.image(alice);
  await world.image(alice, { regionId: 'cn-qingdao', name: 'old' });
  await world.world.parts.database.write((tx) =>
    tx.insertInto('accountQuotas').values({ accountId: alice.accountId, name: 'images', value: 1 }).execute(),
  );
  const codes = await world.leadsOn(alice, { Verb: 'copy', ResourceId, DestinationRegionId: 'cn-qingdao' });
  assert.deepEqual(codes, ['QuotaExceed.Image']);
});

test('copy: public and marketplace images, and into no region', async () => {
  const alice = await world.party();
  const to = { DestinationRegionId: 'cn-beijing' };
  const system = await world.image(world.operator, { kind: 'system' });
  assert.deepEqual(await world.agrees(alice, { Verb: 'copy', ResourceId: system, ...to }), ['Forbbiden']);
  const bought = await world.image(world.operator, { kind: 'marketplace' });
  assert.deepEqual(await world.agrees(alice, { Verb: 'copy', ResourceId: bought, ...to }), [
    'OperationDenied.NotAuthorized',
  ]);
  const own = await world.image(alice);
  assert.deepEqual(await world.agrees(alice, { Verb: 'copy', ResourceId: own, DestinationRegionId: 'mars' }), [
    'DestinationRegion.NotFound',
  ]);
});

test('copy: asked in the wrong region', async () => {
  const alice = await world.party();
  const ResourceId = await world.image(alice, { regionId: 'cn-beijing' });
  const question = { Verb: 'copy', ResourceId, RegionId, DestinationRegionId: 'cn-hangzhou' };
  assert.deepEqual(await world.leadsOn(alice, question), ['InvalidImageId.NotFound']);
});

test('share: own images; those that others share after they are copied', async () => {
  const alice = await world.party();
  const bob = await world.party();
  const carol = await world.party();
  const ResourceId = await world.image(alice);
  await world.share(ResourceId, bob);
  const question = { Verb: 'share', ResourceId, WithAccountId: carol.accountId };
  assert.deepEqual(await world.agrees(alice, question), []);
  assert.deepEqual(await world.leadsOn(bob, question), ['InvalidImageId.NotFound']);
  assert.deepEqual(await world.agrees(alice, { ...question, WithAccountId: alice.accountId }), [
    'InvalidAccount.Forbbiden',
  ]);
  assert.deepEqual(await world.agrees(alice, { ...question, WithAccountId: '1'.repeat(16) }), [
    'InvalidAccount.NotFound',
  ]);
});

test('share: fifty are enough; a deprecated one is restored', async () => {
  const alice = await world.party();
  const bob = await world.party();
  const ResourceId = await world.image(alice, { status: 'Deprecated' });
  for (let count = 0; count < 50; count += 1) await world.share(ResourceId, await world.party());
  const codes = await world.leadsOn(alice, { Verb: 'share', ResourceId, WithAccountId: bob.accountId });
  assert.deepEqual(codes, ['OperationDenied.InvalidImageStatus', 'QuotaExceed.ShareImageUser']);
});

test('share: encrypted images', async () => {
  const alice = await world.party();
  const ResourceId = await world.image(alice, {}, [{ encrypted: 1 }]);
  const question = { Verb: 'share', ResourceId, WithAccountId: world.operator.accountId };
  assert.deepEqual(await world.agrees(alice, question), ['OperationDeined.FullImage']);
});

test('replace: data disks in the image, a running instance, a deprecated image', async () => {
  const alice = await world.party();
  const ResourceId = await world.image(alice, {}, [{}]);
  const { id: InstanceId } = await world.instance(alice, { imageId: ResourceId });
  const question = { Verb: 'replace', ResourceId, InstanceId };
  assert.deepEqual(await world.leadsOn(alice, question), ['OperationDenied', 'IncorrectInstanceStatus']);
});

test('replace: an image of another account with data disks', async () => {
  const alice = await world.party();
  const bob = await world.party();
  const ResourceId = await world.image(alice, {}, [{}]);
  await world.share(ResourceId, bob);
  const { id: InstanceId } = await world.instance(bob, { status: 'Stopped' });
  assert.deepEqual(await world.leadsOn(bob, { Verb: 'replace', ResourceId, InstanceId }), ['OperationDenied']);
});

test('replace: an image of another region is copied first; a shared one twice', async () => {
  const alice = await world.party();
  const bob = await world.party();
  const ResourceId = await world.image(alice, { regionId: 'cn-beijing' });
  await world.share(ResourceId, bob);
  const mine = await world.instance(alice, { status: 'Stopped' });
  const question = { Verb: 'replace', ResourceId, RegionId };
  assert.deepEqual(await world.leadsOn(alice, { ...question, InstanceId: mine.id }), ['InvalidImageId.NotFound']);
  const his = await world.instance(bob, { status: 'Stopped' });
  assert.deepEqual(await world.leadsOn(bob, { ...question, InstanceId: his.id }), [
    'InvalidImageId.NotFound',
    'OperationDenied.SameRegionOnly',
  ]);
});

test('launch: without a network, from another region', async () => {
  const alice = await world.party();
  const ResourceId = await world.image(alice, { regionId: 'cn-beijing' });
  const question = { Verb: 'launch', ResourceId, RegionId, InstanceType: 'ecs.g6.large' };
  assert.deepEqual(await world.leadsOn(alice, question), ['InvalidImageId.NotFound', 'InvalidSecurityGroupId']);
  const here = await world.image(alice);
  assert.deepEqual(await world.agrees(alice, { ...question, ResourceId: here }), []);
  await world.change('images', here, { architecture: 'arm64' });
  assert.deepEqual(await world.agrees(alice, { ...question, ResourceId: here }), ['ImageNotSupportInstanceType']);
  await world.change('images', here, { status: 'UnAvailable' });
  assert.deepEqual(await world.agrees(alice, { ...question, ResourceId: here }), ['OperationDenied.ImageNotValid']);
  assert.deepEqual(await world.agrees(alice, { ...question, ResourceId: here, InstanceType: 'ecs.none.large' }), [
    'InvalidInstanceType.ValueNotSupported',
  ]);
});

test('what is another account’s is explained as what does not exist', async () => {
  const alice = await world.party();
  const mallory = await world.party();
  const image = await world.image(alice);
  const snapshot = await world.snapshot(alice);
  const { id: instance, diskIds } = await world.instance(alice);
  const cases: [string, string, string, Record<string, string>?][] = [
    ['delete', image, 'm-bp1none'],
    ['copy', image, 'm-bp1none', { DestinationRegionId: 'cn-beijing' }],
    ['share', image, 'm-bp1none', { WithAccountId: world.operator.accountId }],
    ['launch', image, 'm-bp1none', { InstanceType: 'ecs.g6.large' }],
    ['replace', image, 'm-bp1none', { InstanceId: instance }],
    ['delete', snapshot, 's-bp1none'],
    ['rollback', snapshot, 's-bp1none'],
    ['createImage', snapshot, 's-bp1none'],
    ['delete', diskIds[0]!, 'd-bp1none'],
    ['detach', diskIds[0]!, 'd-bp1none'],
    ['reinit', diskIds[0]!, 'd-bp1none'],
    ['createSnapshot', diskIds[0]!, 'd-bp1none'],
    ['delete', instance, 'i-bp1none'],
    ['stop', instance, 'i-bp1none'],
    ['createImage', instance, 'i-bp1none'],
  ];
  for (const [Verb, foreign, none, more = {}] of cases) {
    const explained = await world.explain(mallory, { Verb, ResourceId: foreign, ...more });
    const ofNothing = await world.explain(mallory, { Verb, ResourceId: none, ...more });
    const text = (about: object) => JSON.stringify({ ...about, RequestId: '' }).replaceAll(none, foreign);
    assert.equal(text(explained), text(ofNothing), `${Verb} ${foreign}`);
    // DeleteDisk answers a success for what is not there.
    if (Verb !== 'delete' || foreign !== diskIds[0])
      await world.agrees(mallory, { Verb, ResourceId: foreign, ...more });
  }
});

test('export: with a granted ticket, into one’s own bucket', async () => {
  const alice = await world.party();
  const ResourceId = await world.image(alice);
  const question = { Verb: 'export', ResourceId, Bucket: 'not-there-yet' };
  assert.deepEqual(await world.agrees(alice, question), ['UserNotInTheWhiteList']);
  await grant(world.world, alice, 'export-image');
  assert.deepEqual(await world.agrees(alice, question), ['InvalidOSSBucket.NotFound']);
  using _ = await makeBucket(world.world, alice, 'not-there-yet');
  assert.deepEqual(await world.agrees(alice, question), []);
  const missing = await world.refused(alice, { Verb: 'export', ResourceId });
  assert.deepEqual([missing.status, missing.code], [400, 'MissingParameter']);
});

test('export: what others share is copied first', async () => {
  const alice = await world.party();
  const bob = await world.party();
  const ResourceId = await world.image(alice);
  await world.share(ResourceId, bob);
  await grant(world.world, bob, 'export-image');
  using _ = await makeBucket(world.world, bob, 'of-bob');
  const question = { Verb: 'export', ResourceId, Bucket: 'of-bob' };
  assert.deepEqual(await world.leadsOn(bob, question), ['InvalidImageCategory.NotSupported']);
});
