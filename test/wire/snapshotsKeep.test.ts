import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import sdk from '@alicloud/ecs20140526';
import { DAY_MS } from '../../src/rules/times.ts';
import { createImageWorld, type ImageWorld, type Party } from './imageWorld.ts';

/** How long snapshots are kept: retention and locks. */

let world: ImageWorld;
before(async () => {
  world = await createImageWorld();
});
after(() => world[Symbol.asyncDispose]());

const HOUR_MS = 3600_000;
const regionId = 'cn-hangzhou';

type Lock = ConstructorParameters<typeof sdk.LockSnapshotRequest>[0];

const create = async (party: Party, diskId: string, retentionDays?: number): Promise<string> => {
  const { body } = await party.ecs.createSnapshot(new sdk.CreateSnapshotRequest({ diskId, retentionDays }));
  await world.world.settled();
  return body!.snapshotId!;
};
const remove = (party: Party, snapshotId: string) =>
  party.ecs.deleteSnapshot(new sdk.DeleteSnapshotRequest({ snapshotId, force: true }));
const lock = async (party: Party, snapshotId: string, wish: Lock = {}) => {
  const request = { regionId, snapshotId, lockMode: 'compliance', lockDuration: 10, coolOffPeriod: 0, ...wish };
  return (await party.ecs.lockSnapshot(new sdk.LockSnapshotRequest(request))).body!.lockedSnapshotInfo!;
};
const unlock = (party: Party, snapshotId: string) =>
  party.ecs.unlockSnapshot(new sdk.UnlockSnapshotRequest({ regionId, snapshotId }));
const locked = async (party: Party, wish: ConstructorParameters<typeof sdk.DescribeLockedSnapshotsRequest>[0] = {}) =>
  (await party.ecs.describeLockedSnapshots(new sdk.DescribeLockedSnapshotsRequest({ regionId, ...wish }))).body!;

async function pass(ms: number): Promise<void> {
  world.world.advance(ms);
  await world.world.settled();
}
const exists = async (snapshotId: string) => (await world.row('snapshots', snapshotId)) !== undefined;

test('a snapshot is deleted at the end of its retention, not before', async () => {
  const alice = await world.party();
  const diskId = await world.disk(alice);
  const [day, week, ever] = [
    await create(alice, diskId, 1),
    await create(alice, diskId, 7),
    await create(alice, diskId),
  ];
  await pass(DAY_MS - HOUR_MS);
  assert.ok(await exists(day));
  await pass(HOUR_MS);
  assert.ok(!(await exists(day)));
  await alice.ecs.modifySnapshotAttribute(
    new sdk.ModifySnapshotAttributeRequest({ snapshotId: week, retentionDays: 30 }),
  );
  await pass(20 * DAY_MS);
  assert.ok(await exists(week), 'its first retention is over, its new one is not');
  await pass(10 * DAY_MS);
  assert.ok(!(await exists(week)));
  await pass(1000 * DAY_MS);
  assert.ok(await exists(ever));
});

test('a retention that is made shorter than the snapshot’s age ends at once', async () => {
  const alice = await world.party();
  const snapshotId = await create(alice, await world.disk(alice));
  await pass(3 * DAY_MS);
  await alice.ecs.modifySnapshotAttribute(new sdk.ModifySnapshotAttributeRequest({ snapshotId, retentionDays: 2 }));
  await world.world.settled();
  assert.ok(!(await exists(snapshotId)));
});

test('what an image is made of outlives its retention, until the image is gone', async () => {
  const alice = await world.party();
  const diskId = await world.disk(alice, { type: 'system' });
  const snapshotId = await create(alice, diskId, 1);
  const { body } = await alice.ecs.createImage(new sdk.CreateImageRequest({ regionId, snapshotId }));
  await pass(30 * DAY_MS);
  assert.ok(await exists(snapshotId));
  await alice.ecs.deleteImage(new sdk.DeleteImageRequest({ regionId, imageId: body!.imageId }));
  await pass(HOUR_MS);
  assert.ok(!(await exists(snapshotId)));
});

test('a locked snapshot is deleted by nobody until the lock is over', async () => {
  const alice = await world.party();
  const diskId = await world.disk(alice);
  const snapshotId = await create(alice, diskId);
  const now = world.world.parts.clock.now();
  const info = await lock(alice, snapshotId, { coolOffPeriod: 3 });
  assert.partialDeepStrictEqual(info.toMap(), {
    SnapshotId: snapshotId,
    LockMode: 'compliance',
    LockStatus: 'compliance-cooloff',
    LockDuration: 10,
    CoolOffPeriod: 3,
  });
  assert.ok(Math.abs(Date.parse(info.lockExpiredTime!) - now - 10 * DAY_MS) < 5000);
  assert.ok(Math.abs(Date.parse(info.coolOffPeriodExpiredTime!) - now - 3 * HOUR_MS) < 5000);
  await world.refuses('InvalidOperation.SnapshotLocked', 403, () => remove(alice, snapshotId));
  // Cooling off, it can be set anew and taken off.
  await lock(alice, snapshotId, { lockDuration: 2, coolOffPeriod: 1 });
  await unlock(alice, snapshotId);
  assert.deepEqual((await locked(alice)).lockedSnapshotsInfo, []);

  await lock(alice, snapshotId, { lockDuration: 2, coolOffPeriod: 1 });
  await pass(HOUR_MS);
  await world.refuses('InvalidOperation.CoolOffPeriodExpired', 403, () => unlock(alice, snapshotId));
  for (const wish of [{ lockDuration: 1 }, { lockDuration: 3, coolOffPeriod: 1 }]) {
    await world.refuses('InvalidOperation.CoolOffPeriodExpired', 403, () => lock(alice, snapshotId, wish));
  }
  assert.equal((await lock(alice, snapshotId, { lockDuration: 3 })).lockStatus, 'compliance');
  await pass(2 * DAY_MS);
  await world.refuses('InvalidOperation.SnapshotLocked', 403, () => remove(alice, snapshotId));
  await pass(DAY_MS);
  assert.deepEqual(
    (await locked(alice)).lockedSnapshotsInfo!.map((each) => each.lockStatus),
    ['expired'],
  );
  await remove(alice, snapshotId);
  assert.deepEqual((await locked(alice)).lockedSnapshotsInfo, []);
});

test('a lock begins once its snapshot is complete', async () => {
  const alice = await world.party();
  const release = world.world.plane.hold('store');
  const { body } = await alice.ecs.createSnapshot(
    new sdk.CreateSnapshotRequest({ diskId: await world.disk(alice), retentionDays: 2 }),
  );
  const { snapshotId } = body!;
  const info = await lock(alice, snapshotId!, { lockDuration: 1, coolOffPeriod: 0 });
  assert.deepEqual([info.lockStatus, info.lockDurationStartTime], ['compliance', undefined]);
  world.world.advance(30 * HOUR_MS);
  release();
  await world.world.settled();
  const [complete] = (await locked(alice)).lockedSnapshotsInfo!;
  assert.ok(Date.parse(complete!.lockDurationStartTime!) - Date.parse(info.lockCreationTime!) >= 30 * HOUR_MS - 1000);
  // The retention ends sooner, and has to wait.
  await pass(20 * HOUR_MS);
  assert.ok(await exists(snapshotId!));
  await pass(5 * HOUR_MS);
  assert.ok(!(await exists(snapshotId!)));
});

test('locks are walked, filtered, and nobody else’s', async () => {
  const alice = await world.party();
  const bob = await world.party();
  const ids: string[] = [];
  for (let index = 0; index < 12; index++) ids.push(await world.snapshot(alice, { completedAt: 1 }));
  for (const [index, id] of ids.entries()) await lock(alice, id, { coolOffPeriod: index === 0 ? 1 : 0 });
  const first = await locked(alice);
  assert.equal(first.lockedSnapshotsInfo!.length, 10);
  const second = await locked(alice, { nextToken: first.nextToken });
  assert.deepEqual(
    [...first.lockedSnapshotsInfo!, ...second.lockedSnapshotsInfo!].map(({ snapshotId }) => snapshotId).sort(),
    ids.toSorted(),
  );
  assert.equal(second.nextToken, '');
  const cooling = await locked(alice, { lockStatus: 'compliance-cooloff' });
  assert.deepEqual(
    cooling.lockedSnapshotsInfo!.map(({ snapshotId }) => snapshotId),
    [ids[0]],
  );
  const named = await locked(alice, { snapshotIds: [ids[3]!, 's-bp1none'] });
  assert.deepEqual(
    named.lockedSnapshotsInfo!.map(({ snapshotId }) => snapshotId),
    [ids[3]],
  );
  assert.deepEqual((await locked(bob, { snapshotIds: ids })).lockedSnapshotsInfo, []);
});

test('locks that can’t be', async () => {
  const alice = await world.party();
  const bob = await world.party();
  const snapshotId = await world.snapshot(alice, { completedAt: 1 });
  const short = await world.snapshot(alice, { retentionDays: 5, completedAt: 1 });
  const failed = await world.snapshot(alice, { status: 'failed' });
  const cases: [string, number, Party, string, Lock][] = [
    ['MissingSnapshotId', 400, alice, '', {}],
    ['MissingLockMode', 400, alice, snapshotId, { lockMode: '' }],
    ['InvalidParameter', 400, alice, snapshotId, { lockMode: 'governance' }],
    ['InvalidParameter', 400, alice, snapshotId, { lockDuration: 0 }],
    ['InvalidParameter', 400, alice, snapshotId, { lockDuration: 36501 }],
    ['InvalidParameter', 400, alice, snapshotId, { coolOffPeriod: 73 }],
    ['InvalidParameter', 400, alice, snapshotId, { coolOffPeriod: -1 }],
    ['InvalidParameter', 400, alice, short, {}],
    ['InvalidRegionId.NotFound', 404, alice, snapshotId, { regionId: 'cn-nowhere' }],
    ['InvalidSnapshotId.NotFound', 404, alice, snapshotId, { regionId: 'cn-beijing' }],
    ['InvalidSnapshotId.NotFound', 404, bob, snapshotId, {}],
    ['InvalidSnapshotId.NotReady', 403, alice, failed, {}],
  ];
  for (const [code, status, party, id, wish] of cases) await world.refuses(code, status, () => lock(party, id, wish));
  await world.refuses('InvalidSnapshotId.NotFound', 404, () => unlock(bob, snapshotId));
  await unlock(alice, snapshotId);
  await world.refuses('InvalidParameter', 400, () => locked(alice, { lockStatus: 'governance' }));
  await world.refuses('InvalidParameter', 400, () =>
    locked(alice, { snapshotIds: Array.from({ length: 101 }, (_, index) => `s-${index}`) }),
  );
});
