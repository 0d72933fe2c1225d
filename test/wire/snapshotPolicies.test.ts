import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import sdk from '@alicloud/ecs20140526';
import { DAY_MS } from '../../src/rules/times.ts';
import { createImageWorld, type ImageWorld, type Party } from './imageWorld.ts';
import { apply, associations, cancel, create, described, EVERY_DAY, modify, regionId, remove } from './policyVerbs.ts';

let world: ImageWorld;
before(async () => {
  world = await createImageWorld();
});
after(() => world[Symbol.asyncDispose]());

const HOUR_MS = 3600_000;
const snapshotsOf = (diskId: string) =>
  world.world.parts.database.read
    .selectFrom('snapshots')
    .selectAll()
    .where('sourceDiskId', '=', diskId)
    .orderBy('createdAt')
    .orderBy('id')
    .execute();

async function pass(ms: number): Promise<void> {
  world.world.advance(ms);
  await world.world.settled();
}
/** To half past the next hour (UTC+8) of the kind. */
async function passTo(hour: number): Promise<void> {
  const now = world.world.parts.clock.now() + 8 * HOUR_MS;
  const wanted = Math.floor(now / DAY_MS) * DAY_MS + (hour + 0.5) * HOUR_MS;
  await pass((wanted > now ? wanted : wanted + DAY_MS) - now);
}

test('a policy is shown as it was made', async () => {
  const alice = await world.party();
  const bob = await world.party();
  const id = await create(alice, {
    autoSnapshotPolicyName: 'nightly',
    timePoints: '["23", "1"]',
    repeatWeekdays: '["7","1"]',
    retentionDays: 30,
    enableCrossRegionCopy: true,
    targetCopyRegions: '["cn-beijing"]',
    copiedSnapshotsRetentionDays: 9,
    resourceGroupId: 'rg-a',
    tag: [new sdk.CreateAutoSnapshotPolicyRequestTag({ key: 'team', value: 'web' })],
  });
  assert.match(id, /^sp-bp1/);
  const { autoSnapshotPolicies, totalCount, pageNumber, pageSize } = await described(alice, {
    autoSnapshotPolicyId: id,
  });
  assert.deepEqual([totalCount, pageNumber, pageSize], [1, 1, 10]);
  const [policy] = autoSnapshotPolicies!.autoSnapshotPolicy!;
  assert.match(policy!.creationTime!, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  const { CreationTime: _, ...shown } = policy!.toMap() as Record<string, unknown>;
  assert.deepEqual(shown, {
    AutoSnapshotPolicyId: id,
    AutoSnapshotPolicyName: 'nightly',
    RegionId: regionId,
    Status: 'Normal',
    Type: 'Custom',
    AssociationType: 'AssociatedWithDisk',
    TimePoints: '["1","23"]',
    RepeatWeekdays: '["1","7"]',
    RetentionDays: 30,
    EnableCrossRegionCopy: true,
    TargetCopyRegions: '["cn-beijing"]',
    CopiedSnapshotsRetentionDays: 9,
    CopyEncryptionConfiguration: { Encrypted: false },
    DiskNums: 0,
    VolumeNums: 0,
    ResourceGroupId: 'rg-a',
    Tags: { Tag: [{ TagKey: 'team', TagValue: 'web' }] },
    TargetTags: { TargetTag: [] },
  });
  const ids = async (party: Party, filter: Parameters<typeof described>[1]) =>
    (await described(party, filter)).autoSnapshotPolicies!.autoSnapshotPolicy!.map((each) => each.autoSnapshotPolicyId);
  const other = await create(alice, { autoSnapshotPolicyName: 'weekly' });
  assert.deepEqual(await ids(alice, { autoSnapshotPolicyName: 'nig*' }), [id]);
  assert.deepEqual(await ids(alice, { resourceGroupId: 'rg-a' }), [id]);
  const tag = [new sdk.DescribeAutoSnapshotPolicyExRequestTag({ key: 'team' })];
  assert.deepEqual(await ids(alice, { tag }), [id]);
  assert.deepEqual(new Set(await ids(alice, {})), new Set([id, other]));
  assert.deepEqual(await ids(alice, { regionId: 'cn-beijing' }), []);
  assert.deepEqual(await ids(bob, { autoSnapshotPolicyId: id }), []);
  // Its tags are changed as other resources' are.
  const of = { regionId, resourceType: 'snapshotpolicy', resourceId: [other] };
  await alice.ecs.tagResources(
    new sdk.TagResourcesRequest({ ...of, tag: [new sdk.TagResourcesRequestTag({ key: 'team', value: 'db' })] }),
  );
  assert.equal((await ids(alice, { tag })).length, 2);
});

test('a policy fires at its time points, once, and its snapshots expire', async () => {
  const alice = await world.party();
  const [diskId, other] = [await world.disk(alice), await world.disk(alice)];
  await passTo(12);
  const policyId = await create(alice, { timePoints: '["1","13"]', retentionDays: 2 });
  await apply(alice, policyId, [diskId]);
  assert.equal((await snapshotsOf(diskId)).length, 0);
  await pass(HOUR_MS);
  const [first] = await snapshotsOf(diskId);
  const date = new Date(world.world.parts.clock.now() + 8 * HOUR_MS).toISOString().slice(0, 10).replaceAll('-', '');
  assert.partialDeepStrictEqual(first, {
    name: `auto2.0_${date}_${policyId}`,
    type: 'auto',
    status: 'accomplished',
    retentionDays: 2,
    accountId: alice.accountId,
  });
  assert.ok(first!.root);
  await pass(11 * HOUR_MS);
  assert.equal((await snapshotsOf(diskId)).length, 1);
  await pass(HOUR_MS);
  assert.equal((await snapshotsOf(diskId)).length, 2);
  assert.equal(new Set((await snapshotsOf(diskId)).map(({ snapshotLinkId }) => snapshotLinkId)).size, 1);
  // Ten days at a jump: what was missed is made up for once, and what is too old is gone.
  await pass(10 * DAY_MS);
  const left = await snapshotsOf(diskId);
  assert.equal(left.length, 1);
  assert.ok(left[0]!.createdAt > first!.createdAt + 10 * DAY_MS);
  assert.equal((await snapshotsOf(other)).length, 0);
});

test('a schedule that is changed fires by the new one alone', async () => {
  const alice = await world.party();
  const diskId = await world.disk(alice);
  await passTo(3);
  const policyId = await create(alice, { timePoints: '["5"]' });
  await apply(alice, policyId, [diskId]);
  await modify(alice, policyId, { timePoints: '["8"]', autoSnapshotPolicyName: 'later', retentionDays: 5 });
  await passTo(6);
  assert.equal((await snapshotsOf(diskId)).length, 0);
  await passTo(9);
  assert.deepEqual(
    (await snapshotsOf(diskId)).map(({ retentionDays }) => retentionDays),
    [5],
  );
  const [policy] = (await described(alice)).autoSnapshotPolicies!.autoSnapshotPolicy!;
  assert.deepEqual([policy!.autoSnapshotPolicyName, policy!.timePoints, policy!.retentionDays], ['later', '["8"]', 5]);
  // Back to the first: the job that was for it is no second one.
  await modify(alice, policyId, { timePoints: '["5"]' });
  await passTo(6);
  assert.equal((await snapshotsOf(diskId)).length, 2);
});

test('disks that can have no snapshot wait for the next time point', async () => {
  const alice = await world.party();
  const policyId = await create(alice, { timePoints: '["4"]' });
  const starting = await world.instance(alice, { status: 'Starting' });
  const disks = [
    await world.disk(alice, { status: 'ReIniting' }),
    await world.disk(alice, { everAttached: 0 }),
    await world.disk(alice, { enableAutoSnapshot: 0 }),
    starting.diskIds[0]!,
  ];
  const busy = await world.disk(alice);
  await world.snapshot(alice, { sourceDiskId: busy, status: 'progressing' });
  await apply(alice, policyId, [...disks, busy]);
  await passTo(4);
  for (const id of disks) assert.equal((await snapshotsOf(id)).length, 0, id);
  assert.equal((await snapshotsOf(busy)).length, 1);
  await world.change('disks', disks[0]!, { status: 'Available' });
  await pass(DAY_MS);
  assert.equal((await snapshotsOf(disks[0]!)).length, 1);
});

test('at the quota the oldest automatic snapshots make room, but for those that are held', async () => {
  const alice = await world.party();
  const diskId = await world.disk(alice);
  const auto = { sourceDiskId: diskId, type: 'auto' as const, snapshotLinkId: 'sl-1' };
  const held = await world.snapshot(alice, { ...auto, createdAt: 1 });
  const image = await world.image(alice);
  await world.world.parts.database.write((tx) =>
    tx.updateTable('imageDisks').set({ snapshotId: held }).where('imageId', '=', image).execute(),
  );
  const oldest = await world.snapshot(alice, { ...auto, createdAt: 2 });
  const manual = await world.snapshot(alice, { ...auto, type: 'user', createdAt: 0 });
  const newer = await world.snapshot(alice, { ...auto, createdAt: 3 });
  await world.world.parts.database.write((tx) =>
    tx
      .insertInto('accountQuotas')
      .values({ accountId: alice.accountId, name: 'autoSnapshotsOfDisk', value: 3 })
      .execute(),
  );
  await apply(alice, await create(alice, { timePoints: '["2"]' }), [diskId]);
  await passTo(2);
  const left = (await snapshotsOf(diskId)).map(({ id }) => id);
  assert.equal(left.length, 4);
  assert.ok([held, manual, newer].every((id) => left.includes(id)) && !left.includes(oldest));
});

test('snapshots are copied to the other region once they are complete', async () => {
  const alice = await world.party();
  const diskId = await world.disk(alice);
  const copy = { enableCrossRegionCopy: true, targetCopyRegions: '["cn-beijing"]', copiedSnapshotsRetentionDays: 1 };
  const policyId = await create(alice, { timePoints: '["6"]', repeatWeekdays: EVERY_DAY, ...copy });
  await apply(alice, policyId, [diskId]);
  await passTo(6);
  const [source] = await snapshotsOf(diskId);
  const copies = () =>
    world.world.parts.database.read
      .selectFrom('snapshots')
      .selectAll()
      .where('accountId', '=', alice.accountId)
      .where('regionId', '=', 'cn-beijing')
      .execute();
  const [made] = await copies();
  assert.partialDeepStrictEqual(made, { sourceSnapshotId: source!.id, status: 'accomplished', retentionDays: 1 });
  assert.equal(world.world.plane.content('cn-beijing', made!.root), world.world.plane.content(regionId, source!.root));
  await modify(alice, policyId, { enableCrossRegionCopy: false });
  await pass(DAY_MS);
  assert.deepEqual(await copies(), []);
  assert.equal((await snapshotsOf(diskId)).length, 2);
});

test('copies are encrypted under a key of the other region, and what is encrypted is copied in no other way', async () => {
  const alice = await world.party();
  const [plain, secret] = [await world.disk(alice), await world.disk(alice, { encrypted: 1, kmsKeyId: 'key-here' })];
  const copy = { enableCrossRegionCopy: true, targetCopyRegions: '["cn-beijing"]' };
  const policyId = await create(alice, { timePoints: '["7"]', ...copy });
  await apply(alice, policyId, [plain, secret]);
  const keys = async () => {
    const rows = await world.world.parts.database.read
      .selectFrom('snapshots')
      .select('kmsKeyId')
      .where('accountId', '=', alice.accountId)
      .where('regionId', '=', 'cn-beijing')
      .orderBy('createdAt')
      .execute();
    return rows.map(({ kmsKeyId }) => kmsKeyId);
  };
  await passTo(7);
  assert.deepEqual(await keys(), [null]);
  await modify(alice, policyId, {
    copyEncryptionConfiguration: new sdk.ModifyAutoSnapshotPolicyExRequestCopyEncryptionConfiguration({
      encrypted: true,
    }),
  });
  const [policy] = (await described(alice)).autoSnapshotPolicies!.autoSnapshotPolicy!;
  const { encrypted, KMSKeyId } = policy!.copyEncryptionConfiguration!;
  assert.ok(encrypted && KMSKeyId);
  await passTo(7);
  assert.deepEqual(await keys(), [null, KMSKeyId, KMSKeyId]);
  await modify(alice, policyId, { targetCopyRegions: '["cn-shanghai"]' });
  const [moved] = (await described(alice)).autoSnapshotPolicies!.autoSnapshotPolicy!;
  assert.equal(moved!.targetCopyRegions, '["cn-shanghai"]');
  assert.notEqual(moved!.copyEncryptionConfiguration!.KMSKeyId, KMSKeyId);
});

test('a disk has one policy, which is taken off it or deleted', async () => {
  const alice = await world.party();
  const bob = await world.party();
  const [first, second] = [await create(alice), await create(alice)];
  const disks = [await world.disk(alice), await world.disk(alice)];
  await apply(alice, first, disks);
  await apply(alice, second, [disks[1]!]);
  const pairs = async (filter: Parameters<typeof associations>[1] = {}) =>
    (await associations(alice, filter))
      .autoSnapshotPolicyAssociations!.autoSnapshotPolicyAssociation!.map(
        (each) => `${each.diskId} ${each.autoSnapshotPolicyId}`,
      )
      .sort();
  assert.deepEqual(await pairs(), [`${disks[0]} ${first}`, `${disks[1]} ${second}`].sort());
  assert.deepEqual(await pairs({ autoSnapshotPolicyId: second }), [`${disks[1]} ${second}`]);
  assert.deepEqual(await pairs({ diskId: disks[0] }), [`${disks[0]} ${first}`]);
  assert.equal((await associations(bob)).autoSnapshotPolicyAssociations!.autoSnapshotPolicyAssociation!.length, 0);
  const nums = async () =>
    Object.fromEntries(
      (await described(alice)).autoSnapshotPolicies!.autoSnapshotPolicy!.map((each) => [
        each.autoSnapshotPolicyId,
        each.diskNums,
      ]),
    );
  assert.deepEqual(await nums(), { [first]: 1, [second]: 1 });
  await cancel(alice, disks, second);
  assert.deepEqual(await nums(), { [first]: 1, [second]: 0 });
  await cancel(alice, disks);
  assert.deepEqual(await nums(), { [first]: 0, [second]: 0 });
  await apply(alice, first, disks);
  await passTo(1);
  const made = await snapshotsOf(disks[0]!);
  await remove(alice, first);
  assert.deepEqual(await nums(), { [second]: 0 });
  assert.equal((await world.row('disks', disks[0]!))!.autoSnapshotPolicyId, null);
  await pass(7 * DAY_MS);
  assert.deepEqual(await snapshotsOf(disks[0]!), made);
  assert.equal(made.length, 1);
});
