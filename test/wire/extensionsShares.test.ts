import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import sdk from '@alicloud/ecs20140526';
import { quotas } from '../../src/rules/quotas.ts';
import { secondsTime } from '../../src/rules/times.ts';
import { copy, createExtensionWorld, REGION, seen, share, type ExtensionParty } from './extensionWorld.ts';

let world: Awaited<ReturnType<typeof createExtensionWorld>>;
before(async () => {
  world = await createExtensionWorld();
});
after(() => world[Symbol.asyncDispose]());

interface Shares {
  TotalCount: number;
  Shares: Record<'ImageId' | 'Status' | 'Note' | 'ExpirationTime' | 'AccountId' | 'OwnerId' | 'RegionId', string>[];
}

const received = (party: ExtensionParty, Status?: string) =>
  party.ask<Shares>('ListReceivedImageShares', Status === undefined ? {} : { Status });

const HOUR_MS = 3600_000;
const later = (ms: number) => secondsTime(world.world.parts.clock.now() + ms);

test('a share waits for acceptance where the receiver wants that, and only there', async () => {
  const alice = await world.party();
  const bob = await world.party();
  const carol = await world.party();
  const earlier = await world.image(alice);
  await share(alice, earlier, { addAccount: [bob.accountId] });
  await bob.ask('ModifyAccountImageSettings', { ShareAcceptance: 'required' });
  const imageId = await world.image(alice);
  await share(alice, imageId, { addAccount: [bob.accountId, carol.accountId] });

  assert.deepEqual(await seen(bob, { imageOwnerAlias: 'others' }), [earlier]);
  assert.deepEqual(await seen(carol, { imageOwnerAlias: 'others' }), [imageId]);
  const pending = await received(bob, 'Pending');
  assert.partialDeepStrictEqual(pending.Shares, [{ ImageId: imageId, Status: 'Pending', OwnerId: alice.accountId }]);
  assert.deepEqual([pending.TotalCount, (await received(bob)).TotalCount], [1, 2]);
  const refusal = await world.refuses('InvalidImageId.NotFound', 404, () => copy(bob, imageId));
  assert.match(refusal.message, /AcceptImageShare/);
  await world.refuses('InvalidImageId.NotFound', 404, () =>
    carol.ask('AcceptImageShare', { RegionId: REGION, ImageId: earlier }),
  );

  await bob.ask('AcceptImageShare', { RegionId: REGION, ImageId: imageId });
  await bob.ask('AcceptImageShare', { RegionId: REGION, ImageId: imageId });
  assert.deepEqual((await seen(bob, { imageOwnerAlias: 'others' })).toSorted(), [earlier, imageId].toSorted());
  assert.equal((await received(bob, 'Pending')).TotalCount, 0);
  await copy(bob, imageId);

  await bob.ask('RejectImageShare', { RegionId: REGION, ImageId: imageId });
  assert.deepEqual(await seen(bob, { imageOwnerAlias: 'others' }), [earlier]);
  assert.deepEqual(
    (await alice.ask<Shares>('ListImageShares', { ImageId: imageId })).Shares.map(({ AccountId }) => AccountId),
    [carol.accountId],
  );
});

test('what is offered counts as received, and an image of another region is not taken', async () => {
  const alice = await world.party();
  const bob = await world.party();
  await bob.ask('ModifyAccountImageSettings', { ShareAcceptance: 'required' });
  await world.limit(bob, 'receivedImages', 1);
  const first = await world.image(alice);
  await share(alice, first, { addAccount: [bob.accountId] });
  const second = await world.image(alice);
  await world.refuses('QuotaExceed.ShareImage', 403, () => share(alice, second, { addAccount: [bob.accountId] }));
  for (const action of ['AcceptImageShare', 'RejectImageShare']) {
    for (const parameters of [{ RegionId: 'cn-beijing', ImageId: first }, { ImageId: second }, { ImageId: 'm-none' }]) {
      await world.refuses('InvalidImageId.NotFound', 404, () => bob.ask(action, parameters));
    }
  }
});

test('a share has a note and an end, which comes by the clock', async () => {
  const alice = await world.party();
  const bob = await world.party();
  const imageId = await world.image(alice);
  await share(alice, imageId, { addAccount: [bob.accountId] });
  const instance = await world.instance(bob, { imageId });
  const ExpirationTime = later(HOUR_MS);
  const about = { ImageId: imageId, AccountId: bob.accountId };
  await alice.ask('ModifyImageShareAttribute', { ...about, Note: 'for the review', ExpirationTime });
  assert.partialDeepStrictEqual((await received(bob)).Shares, [{ Note: 'for the review', ExpirationTime }]);
  assert.deepEqual(await seen(bob, { imageId }), [imageId]);

  world.world.advance(HOUR_MS);
  // At once, whether the row is gone already or not.
  assert.deepEqual(await seen(bob, { imageId }), []);
  assert.equal((await received(bob)).TotalCount, 0);
  await world.refuses('InvalidImageId.NotFound', 404, () => copy(bob, imageId));
  assert.equal((await world.row('instances', instance.id))!.status, 'Running');
  const rows = world.world.parts.database.read.selectFrom('imageShares').selectAll().where('imageId', '=', imageId);
  assert.deepEqual(await rows.execute(), []);

  await share(alice, imageId, { addAccount: [bob.accountId] });
  assert.deepEqual(await seen(bob, { imageId }), [imageId]);
});

test('a share that has ended counts for nothing before its row is gone', async () => {
  const alice = await world.party();
  const bob = await world.party();
  const imageId = await world.image(alice);
  await share(alice, imageId, { addAccount: [bob.accountId] });
  // No job: as if it had not come to run yet.
  const now = world.world.parts.clock.now();
  await world.world.parts.database.write((tx) =>
    tx.updateTable('imageShares').set({ endsAt: now }).where('imageId', '=', imageId).execute(),
  );
  await world.limit(bob, 'receivedImages', 1);
  assert.deepEqual(await seen(bob, { imageOwnerAlias: 'others' }), []);
  const request = new sdk.DescribeImageSharePermissionRequest({ regionId: REGION, imageId });
  assert.equal((await alice.ecs.describeImageSharePermission(request)).body!.totalCount, 0);
  await share(alice, imageId, { addAccount: [bob.accountId] });
  assert.deepEqual(await seen(bob, { imageOwnerAlias: 'others' }), [imageId]);
});

test('an end that was changed does not come', async () => {
  const alice = await world.party();
  const bob = await world.party();
  const imageId = await world.image(alice);
  await share(alice, imageId, { addAccount: [bob.accountId] });
  const about = { ImageId: imageId, AccountId: bob.accountId };
  await alice.ask('ModifyImageShareAttribute', { ...about, ExpirationTime: later(HOUR_MS) });
  await alice.ask('ModifyImageShareAttribute', { ...about, ExpirationTime: 'never' });
  world.world.advance(2 * HOUR_MS);
  await world.world.settled();
  assert.deepEqual(await seen(bob, { imageId }), [imageId]);
});

test('terms that make no sense, and shares of others', async () => {
  const alice = await world.party();
  const bob = await world.party();
  const imageId = await world.image(alice);
  await share(alice, imageId, { addAccount: [bob.accountId] });
  const about = { ImageId: imageId, AccountId: bob.accountId };
  const modify =
    (party: ExtensionParty, parameters: object = {}) =>
    () =>
      party.ask('ModifyImageShareAttribute', { ...about, Note: 'x', ...parameters });
  await world.refuses('InvalidExpirationTime', 400, modify(alice, { ExpirationTime: later(0) }));
  await world.refuses('InvalidExpirationTime', 400, modify(alice, { ExpirationTime: 'soon' }));
  await world.refuses('InvalidParameter', 400, modify(alice, { Note: 'x'.repeat(257) }));
  await world.refuses('InvalidParameter', 400, () => alice.ask('ModifyImageShareAttribute', about));
  await world.refuses('InvalidShare.NotFound', 404, modify(alice, { AccountId: alice.accountId }));
  await world.refuses('InvalidImageId.NotFound', 404, modify(bob));
  await world.refuses('InvalidImageId.NotFound', 404, modify(alice, { RegionId: 'cn-beijing' }));
  await world.refuses('InvalidImageId.NotFound', 404, () => bob.ask('ListImageShares', { ImageId: imageId }));
  await world.refuses('InvalidParameter', 400, () => received(bob, 'Lost'));
});

test('an account that blocks sharing shares no more, and takes back as ever', async () => {
  const alice = await world.party();
  const bob = await world.party();
  const carol = await world.party();
  const imageId = await world.image(alice);
  await share(alice, imageId, { addAccount: [bob.accountId] });
  await alice.ask('ModifyAccountImageSettings', { Sharing: 'blocked' });
  await world.refuses('OperationDenied.SharingBlocked', 403, () =>
    share(alice, imageId, { addAccount: [carol.accountId] }),
  );
  assert.deepEqual(await seen(bob, { imageId }), [imageId]);
  await share(alice, imageId, { removeAccount: [bob.accountId] });
  assert.deepEqual(await seen(bob, { imageId }), []);
  await alice.ask('ModifyAccountImageSettings', { Sharing: 'allowed' });
  await share(alice, imageId, { addAccount: [carol.accountId] });
});

test('an account sees the publishers on its list alone, and its own images', async () => {
  const alice = await world.party();
  const bob = await world.party();
  const carol = await world.party();
  const fromAlice = await world.image(alice);
  const fromBob = await world.image(bob);
  const own = await world.image(carol);
  const publicId = await world.image(world.operator, { kind: 'system', family: 'house', name: 'public' });
  for (const [owner, imageId] of [[alice, fromAlice] as const, [bob, fromBob] as const]) {
    await share(owner, imageId, { addAccount: [carol.accountId] });
  }
  const set = (...names: string[]) =>
    carol.ask(
      'ModifyAccountImageSettings',
      Object.fromEntries(names.map((name, index) => [`AllowedPublisher.${index + 1}`, name])),
    );
  await set(alice.accountId);
  assert.deepEqual((await seen(carol)).toSorted(), [fromAlice, own].toSorted());
  assert.deepEqual(await seen(carol, { imageOwnerAlias: 'system' }), []);
  const launch = (imageId: string) => () =>
    carol.ecs.createInstance(
      new sdk.CreateInstanceRequest({ regionId: REGION, imageId, instanceType: 'ecs.g6.large' }),
    );
  for (const imageId of [publicId, fromBob]) {
    const refusal = await world.refuses('InvalidImageId.NotFound', 404, launch(imageId));
    assert.match(refusal.message, /AllowedPublishers/);
  }
  const unknown = await world.refuses('InvalidImageId.NotFound', 404, launch(await world.image(bob)));
  assert.doesNotMatch(unknown.message, /AllowedPublishers/);
  const family = new sdk.DescribeImageFromFamilyRequest({ regionId: REGION, imageFamily: 'house' });
  assert.equal((await carol.ecs.describeImageFromFamily(family)).body!.image, undefined);

  await set('system', bob.accountId);
  assert.deepEqual((await seen(carol)).toSorted(), [fromBob, own, publicId].toSorted());
  assert.equal((await carol.ecs.describeImageFromFamily(family)).body!.image!.imageId, publicId);
  await set('everyone');
  assert.equal((await seen(carol)).length, 4);
  const settings = await carol.ask<{ AllowedPublishers: string[] }>('DescribeAccountImageSettings');
  assert.deepEqual(settings.AllowedPublishers, []);
});

test('settings are off unless set, stay when not said, and are of one account', async () => {
  const alice = await world.party();
  const bob = await world.party();
  const settings = async (party: ExtensionParty) => {
    const answer = await party.ask<Record<string, unknown>>('DescribeAccountImageSettings');
    return [answer['ShareAcceptance'], answer['Sharing'], answer['RecycleBinDays'], answer['AllowedPublishers']];
  };
  assert.deepEqual(await settings(alice), ['automatic', 'allowed', 0, []]);
  await alice.ask('ModifyAccountImageSettings', { Sharing: 'blocked', 'AllowedPublisher.1': 'system' });
  await alice.ask('ModifyAccountImageSettings', { RecycleBinDays: 7 });
  assert.deepEqual(await settings(alice), ['automatic', 'blocked', 7, ['system']]);
  assert.deepEqual(await settings(bob), ['automatic', 'allowed', 0, []]);

  const modify = (parameters: Record<string, string | number>) => () =>
    alice.ask('ModifyAccountImageSettings', parameters);
  await world.refuses('InvalidParameter', 400, modify({ ShareAcceptance: 'maybe' }));
  await world.refuses('InvalidParameter', 400, modify({ Sharing: 'some' }));
  await world.refuses('InvalidParameter', 400, modify({ RecycleBinDays: -1 }));
  await world.refuses('InvalidParameter', 400, modify({ RecycleBinDays: 366 }));
  await world.refuses('InvalidParameter', 400, modify({ BootProof: 'perhaps' }));
  await world.refuses('OperationDenied.NothingBoots', 403, modify({ BootProof: 'required' }));
  await world.refuses('InvalidAccount.NotFound', 404, modify({ 'AllowedPublisher.1': '1', RecycleBinDays: 1 }));
  const many = Array.from({ length: quotas.receivedImages + 1 }, (_, index) => [
    `AllowedPublisher.${index + 1}`,
    String(index),
  ]);
  await world.refuses('InvalidParameter', 400, modify(Object.fromEntries(many)));
});
