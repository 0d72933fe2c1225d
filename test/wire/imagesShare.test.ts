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

type Wish = ConstructorParameters<typeof sdk.ModifyImageSharePermissionRequest>[0];

const modify = (party: Party, imageId: string, wish: Wish = {}) =>
  party.ecs.modifyImageSharePermission(
    new sdk.ModifyImageSharePermissionRequest({ regionId: 'cn-hangzhou', imageId, ...wish }),
  );

async function shares(party: Party, imageId: string, page: { pageNumber?: number; pageSize?: number } = {}) {
  const request = new sdk.DescribeImageSharePermissionRequest({ regionId: 'cn-hangzhou', imageId, ...page });
  return (await party.ecs.describeImageSharePermission(request)).body!;
}

const receivers = async (party: Party, imageId: string): Promise<string[]> =>
  (await shares(party, imageId)).accounts!.account!.map((account) => account.aliyunId!);

const isSeen = async (party: Party, imageId: string): Promise<boolean> => {
  const request = new sdk.DescribeImagesRequest({ regionId: 'cn-hangzhou', imageId });
  return (await party.ecs.describeImages(request)).body!.totalCount === 1;
};

/** Accounts that exist, made in one transaction. */
async function accounts(count: number): Promise<string[]> {
  const { database, ids, clock } = world.world.parts;
  const rows = Array.from({ length: count }, () => ({
    id: ids.account(),
    name: '',
    site: 'china' as const,
    isOperator: 0 as const,
    createdAt: clock.now(),
  }));
  await database.write((tx) => tx.insertInto('accounts').values(rows).execute());
  return rows.map((row) => row.id);
}

test('an image is shared with accounts and taken back from them', async () => {
  const alice = await world.party();
  const bob = await world.party();
  const carol = await world.party('international');
  const imageId = await world.image(alice);
  assert.partialDeepStrictEqual((await shares(alice, imageId)).toMap(), {
    ImageId: imageId,
    RegionId: 'cn-hangzhou',
    TotalCount: 0,
    PageNumber: 1,
    PageSize: 10,
    Accounts: { Account: [] },
    ShareGroups: { ShareGroup: [] },
  });
  await modify(alice, imageId, { addAccount: [bob.accountId, carol.accountId, bob.accountId] });
  assert.deepEqual((await receivers(alice, imageId)).sort(), [bob.accountId, carol.accountId].sort());
  assert.match((await shares(alice, imageId)).accounts!.account![0]!.sharedTime!, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  assert.equal(await isSeen(bob, imageId), true);
  // Again is no error, and neither is taking from somebody who has nothing.
  await modify(alice, imageId, { addAccount: [bob.accountId] });
  await modify(alice, imageId, { removeAccount: [bob.accountId] });
  await modify(alice, imageId, { removeAccount: [bob.accountId] });
  assert.deepEqual(await receivers(alice, imageId), [carol.accountId]);
  assert.equal(await isSeen(bob, imageId), false);
  // Packer calls it for every image, with nobody.
  await modify(alice, imageId);
});

test('only the owner shares: receivers and strangers find nothing to share', async () => {
  const alice = await world.party();
  const bob = await world.party();
  const carol = await world.party();
  const imageId = await world.image(alice);
  await world.share(imageId, bob);
  for (const party of [bob, carol]) {
    await world.refuses('InvalidImageId.NotFound', 404, () =>
      modify(party, imageId, { addAccount: [carol.accountId] }),
    );
    await world.refuses('InvalidImageId.NotFound', 404, () => shares(party, imageId));
  }
  await world.refuses('InvalidImageId.NotFound', 404, () => modify(alice, 'm-bp1none'));
  await world.refuses('InvalidImageId.NotFound', 404, () => shares(alice, 'm-bp1none'));
  const open = await world.image(world.operator, { kind: 'system' });
  await world.refuses('InvalidImageId.NotFound', 404, () => modify(alice, open, { addAccount: [bob.accountId] }));
  await world.refuses('Image.Public', 403, () => modify(world.operator, open, { addAccount: [bob.accountId] }));
  assert.deepEqual(
    (await shares(world.operator, open)).shareGroups!.shareGroup!.map(({ group }) => group),
    ['all'],
  );
});

test('whom, what and how an image can’t be shared', async () => {
  const alice = await world.party();
  const bob = await world.party();
  const imageId = await world.image(alice);
  const to = { addAccount: [bob.accountId] };
  const deprecated = await world.image(alice, { status: 'Deprecated' });
  const failed = await world.image(alice, { status: 'CreateFailed' });
  const cases: [string, number, string, Wish][] = [
    ['MissingParameter', 400, imageId, { ...to, regionId: '' }],
    ['MissingImageId', 400, '', to],
    ['InvalidRegionId.NotFound', 404, imageId, { ...to, regionId: 'cn-nowhere' }],
    ['InvalidImageId.NotFound', 404, imageId, { ...to, regionId: 'cn-beijing' }],
    ['InvalidAccount.Forbbiden', 404, imageId, { addAccount: [alice.accountId] }],
    ['InvalidAccount.Forbbiden', 404, imageId, { removeAccount: [alice.accountId] }],
    ['InvalidAccount.NotFound', 404, imageId, { addAccount: [bob.accountId, '1000000000000000'] }],
    ['InvalidAccount.NotFound', 404, imageId, { removeAccount: ['1000000000000000'] }],
    ['OperationDenied.InvalidImageStatus', 403, deprecated, to],
    ['OperationDenied.InvalidImageStatus', 403, failed, to],
    ['ForbiddenParameter.LaunchPermission', 400, imageId, { launchPermission: 'HIDDEN' }],
    ['UnnecessaryParameter.LaunchPermission', 400, imageId, { ...to, launchPermission: 'HIDDEN' }],
    ['CurrentRegion.NotSupportPublicImage', 403, imageId, { isPublic: true }],
    ['Image.NotPublic', 403, imageId, { isPublic: false }],
    ['InvalidParameter.IsPublic', 403, imageId, { ...to, isPublic: true }],
    ['OperationDeined.FullImage', 403, await world.image(alice, {}, [{ encrypted: 1 }]), to],
    ['DryRunOperation', 400, imageId, { ...to, dryRun: true }],
  ];
  for (const [code, status, id, wish] of cases) await world.refuses(code, status, () => modify(alice, id, wish));
  await modify(alice, deprecated, { removeAccount: [bob.accountId] });
  for (const page of [{ pageNumber: 0 }, { pageSize: 101 }]) {
    await world.refuses('InvalidParameter', 400, () => shares(alice, imageId, page));
  }
  for (const missing of [{ regionId: 'cn-hangzhou' }, { imageId }]) {
    const request = new sdk.DescribeImageSharePermissionRequest(missing);
    await world.refuses('MissingParameter', 400, () => alice.ecs.describeImageSharePermission(request));
  }
});

test('sites share with one another, but for what is bought on one of them', async () => {
  const alice = await world.party('china');
  const kim = await world.party('japan');
  const bob = await world.party('china');
  const product = await world.image(alice, { productCode: 'cmjj03' });
  await world.refuses('InvalidImageId.BidMismatch', 403, () => modify(alice, product, { addAccount: [kim.accountId] }));
  await modify(alice, product, { addAccount: [bob.accountId] });
});

test('an image goes to 50 accounts, ten by a call', async () => {
  const alice = await world.party();
  const imageId = await world.image(alice);
  const many = await accounts(quotas.imageShares + 2);
  await modify(alice, imageId, { addAccount: many.slice(0, 12) });
  assert.equal((await shares(alice, imageId)).totalCount, 10);
  for (let from = 10; from < quotas.imageShares; from += 10) {
    await modify(alice, imageId, { addAccount: many.slice(from, from + 10) });
  }
  const [first, ...later] = many.slice(quotas.imageShares);
  await world.refuses('QuotaExceed.ShareImageUser', 403, () => modify(alice, imageId, { addAccount: [first!] }));
  // Taking one back makes room, in the same call too.
  await modify(alice, imageId, { addAccount: later, removeAccount: [many[0]!] });
  const page = await shares(alice, imageId, { pageNumber: 5, pageSize: 10 });
  assert.equal(page.totalCount, quotas.imageShares);
  assert.equal(page.accounts!.account!.length, 10);
});

test('an account receives 100 images, from all regions together', async () => {
  const alice = await world.party();
  const bob = await world.party();
  for (let index = 0; index < quotas.receivedImages; index++) {
    await world.share(await world.image(alice, { regionId: index % 2 ? 'cn-beijing' : 'cn-hangzhou' }), bob);
  }
  const imageId = await world.image(alice);
  await world.refuses('QuotaExceed.ShareImage', 403, () => modify(alice, imageId, { addAccount: [bob.accountId] }));
});
