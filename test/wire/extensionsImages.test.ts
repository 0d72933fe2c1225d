import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import sdk from '@alicloud/ecs20140526';
import { DAY_MS } from '../../src/rules/times.ts';
import { copy, createExtensionWorld, REGION, remove, seen, share, type ExtensionParty } from './extensionWorld.ts';

let world: Awaited<ReturnType<typeof createExtensionWorld>>;
before(async () => {
  world = await createExtensionWorld();
});
after(() => world[Symbol.asyncDispose]());

interface Images {
  TotalCount: number;
  Images: { ImageId: string; PurgeTime: string }[];
}
interface Node {
  ImageId: string;
  RegionId: string;
  Status: string;
  ParentImageId?: string;
  MadeBy?: string;
}
interface Lineage {
  Image: Node;
  Ancestors: Node[];
  Descendants: Node[];
  Truncated: boolean;
}

const binned = async (party: ExtensionParty) =>
  (await party.ask<Images>('ListRecycledImages', { RegionId: REGION })).Images.map(({ ImageId }) => ImageId);
const lineage = (party: ExtensionParty, ImageId: string, RegionId = REGION) =>
  party.ask<Lineage>('DescribeImageLineage', { RegionId, ImageId });
const ids = (nodes: readonly Node[]) => nodes.map(({ ImageId }) => ImageId);
const deleteSnapshot = (party: ExtensionParty, snapshotId: string) =>
  party.ecs.deleteSnapshot(new sdk.DeleteSnapshotRequest({ snapshotId, force: true }));

test('a protected image is deleted by nobody until the protection is taken off', async () => {
  const alice = await world.party();
  const bob = await world.party();
  const imageId = await world.image(alice);
  const protect = (party: ExtensionParty, DeletionProtection: boolean, ImageId = imageId) =>
    party.ask('ModifyImageProtection', { ImageId, DeletionProtection });
  await protect(alice, true);
  await protect(alice, true);
  for (const force of [false, true]) {
    await world.refuses('InvalidOperation.DeletionProtection', 403, () => remove(alice, imageId, force));
  }
  const listed = await alice.ask<Images>('ListProtectedImages', { RegionId: REGION });
  assert.deepEqual([listed.TotalCount, listed.Images[0]!.ImageId], [1, imageId]);
  assert.equal((await bob.ask<Images>('ListProtectedImages', { RegionId: REGION })).TotalCount, 0);
  await world.refuses('InvalidImageId.NotFound', 404, () => protect(bob, false));
  const making = await world.image(alice, { status: 'Creating' });
  await world.refuses('IncorrectImageStatus', 403, () => protect(alice, true, making));
  await protect(alice, false);
  await remove(alice, imageId);
  assert.deepEqual(await seen(alice, { imageId }), []);
});

test('a deleted image is restored as it was, but shared with nobody', async () => {
  const alice = await world.party();
  const bob = await world.party();
  await alice.ask('ModifyAccountImageSettings', { RecycleBinDays: 7 });
  const imageId = await world.image(alice, { family: 'web' });
  const [snapshotId = ''] = await world.snapshotsOf(imageId);
  const tag = { key: 'env', value: 'prod' };
  const of = { regionId: REGION, resourceType: 'image', resourceId: [imageId] };
  await alice.ecs.tagResources(new sdk.TagResourcesRequest({ ...of, tag: [tag] }));
  await share(alice, imageId, { addAccount: [bob.accountId] });
  await remove(alice, imageId, true);
  await remove(alice, imageId);

  assert.deepEqual(
    [await seen(alice), await seen(bob), await binned(alice), await binned(bob)],
    [[], [], [imageId], []],
  );
  const tags = async () => (await alice.ecs.describeTags(new sdk.DescribeTagsRequest({ regionId: REGION }))).body!;
  assert.equal((await tags()).totalCount, 0);
  await world.refuses('SnapshotCreatedImage', 403, () => deleteSnapshot(alice, snapshotId));
  await world.refuses('InvalidImageId.NotFound', 404, () => copy(alice, imageId));
  for (const action of ['RestoreImage', 'PurgeImage']) {
    await world.refuses('InvalidImageId.NotFound', 404, () => bob.ask(action, { ImageId: imageId }));
    const elsewhere = { RegionId: 'cn-beijing', ImageId: imageId };
    await world.refuses('InvalidImageId.NotFound', 404, () => alice.ask(action, elsewhere));
  }

  await alice.ask('RestoreImage', { ImageId: imageId });
  assert.deepEqual([await seen(alice), await seen(bob), await binned(alice)], [[imageId], [], []]);
  assert.deepEqual(await world.snapshotsOf(imageId), [snapshotId]);
  assert.equal((await tags()).tags!.tag![0]!.tagValue, 'prod');
  await world.refuses('InvalidImageId.NotFound', 404, () => alice.ask('RestoreImage', { ImageId: imageId }));
  // The end that was set when it was deleted is not its end any more.
  world.world.advance(8 * DAY_MS);
  await world.world.settled();
  assert.deepEqual(await seen(alice), [imageId]);
  assert.deepEqual(await world.snapshotsOf(imageId), [snapshotId]);
});

test('an image in the bin is gone at its time, and frees its snapshots', async () => {
  const alice = await world.party();
  await alice.ask('ModifyAccountImageSettings', { RecycleBinDays: 2 });
  const imageId = await world.image(alice);
  const [snapshotId = ''] = await world.snapshotsOf(imageId);
  await remove(alice, imageId);
  world.world.advance(2 * DAY_MS - 1000);
  assert.deepEqual(await binned(alice), [imageId]);
  world.world.advance(1000);
  assert.deepEqual(await binned(alice), []);
  await world.refuses('InvalidImageId.NotFound', 404, () => alice.ask('RestoreImage', { ImageId: imageId }));
  await deleteSnapshot(alice, snapshotId);

  const soon = await world.image(alice);
  const [held = ''] = await world.snapshotsOf(soon);
  await remove(alice, soon);
  await alice.ask('PurgeImage', { ImageId: soon });
  assert.deepEqual(await binned(alice), []);
  await deleteSnapshot(alice, held);
});

test('without a bin an image is gone at once, and one that never was complete is always', async () => {
  const alice = await world.party();
  const first = await world.image(alice);
  await remove(alice, first);
  assert.deepEqual(await binned(alice), []);
  await alice.ask('ModifyAccountImageSettings', { RecycleBinDays: 2 });
  await remove(alice, await world.image(alice, { status: 'CreateFailed' }));
  assert.deepEqual(await binned(alice), []);
  await world.refuses('InvalidImageId.NotFound', 404, () => alice.ask('RestoreImage', { ImageId: first }));
});

test('what is in the bin counts for no quota and holds no name; what is restored does', async () => {
  const alice = await world.party();
  await alice.ask('ModifyAccountImageSettings', { RecycleBinDays: 2 });
  await world.limit(alice, 'images', 1);
  const first = await world.image(alice, { name: 'golden', family: 'web' });
  const restore = () => alice.ask('RestoreImage', { ImageId: first });
  await remove(alice, first);
  const second = await world.image(alice, { name: 'golden' });
  await world.refuses('InvalidImageName.Duplicated', 400, restore);
  await world.change('images', second, { name: 'silver' });
  await world.refuses('QuotaExceed.Image', 403, restore);
  await world.limit(alice, 'images', 2);
  await world.limit(alice, 'imageFamilies', 0);
  await world.refuses('ImageFamilyQuotaExceed', 400, restore);
  await world.limit(alice, 'imageFamilies', 1);
  await world.limit(alice, 'imagesOfFamily', 0);
  await world.change('images', second, { family: 'web' });
  await world.refuses('ImageQuotaExceed.ImageFamily', 400, restore);
  await world.limit(alice, 'imagesOfFamily', 2);
  await restore();
  assert.deepEqual((await seen(alice)).toSorted(), [first, second].toSorted());
});

test('lineage goes over copies, regions and deleted images of the own', async () => {
  const alice = await world.party();
  const publicId = await world.image(world.operator, { kind: 'system', name: 'base' });
  const first = await world.image(alice, { sourceImageId: publicId, sourceInstanceId: 'i-gone' });
  const second = (await copy(alice, first, 'cn-beijing')).body!.imageId!;
  await world.world.settled();
  const third = await world.image(alice, { sourceImageId: second, regionId: 'cn-beijing' });
  await remove(alice, first);

  const of = await lineage(alice, third, 'cn-beijing');
  assert.deepEqual([ids(of.Ancestors), ids(of.Descendants), of.Truncated], [[second, first, publicId], [], false]);
  assert.partialDeepStrictEqual(of.Image, { ParentImageId: second, MadeBy: 'snapshot' });
  assert.partialDeepStrictEqual(of.Ancestors, [
    { RegionId: 'cn-beijing', Status: 'Available', ParentImageId: first, MadeBy: 'copy' },
    { RegionId: REGION, Status: 'Deleted', ParentImageId: publicId, MadeBy: 'instance' },
    { Status: 'Available' },
  ]);
  const down = await lineage(alice, publicId);
  assert.deepEqual([ids(down.Ancestors), ids(down.Descendants)], [[], [first, second, third]]);
});

test('lineage shows nothing of others beyond what is shared', async () => {
  const alice = await world.party();
  const bob = await world.party();
  const secret = await world.image(alice);
  const shared = await world.image(alice, { sourceImageId: secret });
  await share(alice, shared, { addAccount: [bob.accountId] });
  const bobs = (await copy(bob, shared)).body!.imageId!;
  await world.world.settled();

  assert.deepEqual(ids((await lineage(bob, bobs)).Ancestors), [shared]);
  const seenByBob = await lineage(bob, shared);
  assert.deepEqual([ids(seenByBob.Ancestors), ids(seenByBob.Descendants)], [[], [bobs]]);
  assert.equal(seenByBob.Image.ParentImageId, undefined);
  assert.deepEqual(ids((await lineage(alice, shared)).Descendants), []);
  for (const imageId of [secret, 'm-none']) {
    await world.refuses('InvalidImageId.NotFound', 404, () => lineage(bob, imageId));
  }
  await world.refuses('InvalidImageId.NotFound', 404, () => lineage(bob, bobs, 'cn-beijing'));

  await share(alice, shared, { removeAccount: [bob.accountId] });
  const afterwards = await lineage(bob, bobs);
  assert.deepEqual([afterwards.Ancestors, afterwards.Image.ParentImageId], [[], undefined]);
});

test('the planner says the same of protected images, blocked sharing and what the bin holds', async () => {
  const alice = await world.party();
  const bob = await world.party();
  const imageId = await world.image(alice);
  const [snapshotId = ''] = await world.snapshotsOf(imageId);
  const explain = async (parameters: Record<string, string | boolean>) => {
    const answer = await alice.ask<{
      Verdict: boolean;
      Remedied: boolean;
      Reasons: { Code: string; Advice: string }[];
    }>('Explain', parameters);
    assert.deepEqual([answer.Verdict, answer.Remedied], [false, false]);
    return [answer.Reasons[0]!.Code, answer.Reasons[0]!.Advice] as const;
  };
  await alice.ask('ModifyImageProtection', { ImageId: imageId, DeletionProtection: true });
  const [code, advice] = await explain({ Verb: 'delete', ResourceId: imageId, Force: true });
  assert.equal(code, 'InvalidOperation.DeletionProtection');
  assert.match(advice, /ModifyImageProtection/);
  await alice.ask('ModifyImageProtection', { ImageId: imageId, DeletionProtection: false });

  await alice.ask('ModifyAccountImageSettings', { RecycleBinDays: 1, Sharing: 'blocked' });
  const [blocked] = await explain({ Verb: 'share', ResourceId: imageId, WithAccountId: bob.accountId });
  assert.equal(blocked, 'OperationDenied.SharingBlocked');
  await remove(alice, imageId);
  const [held, way] = await explain({ Verb: 'delete', ResourceId: snapshotId });
  assert.equal(held, 'SnapshotCreatedImage');
  assert.match(way, /PurgeImage/);
});

test('the planner says what keeps another account’s image away: the own list of publishers, a share that waits', async () => {
  const alice = await world.party();
  const bob = await world.party();
  const ResourceId = await world.image(alice);
  const question = { Verb: 'copy', ResourceId, DestinationRegionId: 'cn-hangzhou' };
  const adviceTo = async () => {
    const { Reasons } = await bob.ask<{ Reasons: { Code: string; Advice: string }[] }>('Explain', question);
    assert.equal(Reasons[0]!.Code, 'InvalidImageId.NotFound');
    return Reasons[0]!.Advice;
  };
  await bob.ask('ModifyAccountImageSettings', { ShareAcceptance: 'required' });
  await share(alice, ResourceId, { addAccount: [bob.accountId] });
  assert.match(await adviceTo(), /AcceptImageShare/);
  await bob.ask('AcceptImageShare', { ImageId: ResourceId });
  await bob.ask('ModifyAccountImageSettings', { 'AllowedPublisher.1': 'system' });
  assert.match(await adviceTo(), /AllowedPublisher/);
});
