import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import sdk from '@alicloud/ecs20140526';
import { createInstanceWorld, type InstanceWorld, type Launcher } from './instanceWorld.ts';

let world: InstanceWorld;
let alice: Launcher;
before(async () => {
  world = await createInstanceWorld();
  alice = await world.launcher();
});
after(() => world[Symbol.asyncDispose]());

const HOUR_MS = 3_600_000;

const inHours = (hours: number) =>
  new Date(world.world.parts.clock.now() + hours * HOUR_MS).toISOString().replace(/\.\d+Z$/, 'Z');
const modify = (instanceId: string, autoReleaseTime?: string) =>
  alice.ecs.modifyInstanceAutoReleaseTime(
    new sdk.ModifyInstanceAutoReleaseTimeRequest({ instanceId, ...(autoReleaseTime && { autoReleaseTime }) }),
  );
const isThere = async (id: string) => (await world.row('instances', id)) !== undefined;

async function pass(hours: number): Promise<void> {
  world.world.advance(hours * HOUR_MS);
  await world.world.settled();
}

test('a running instance goes at its time, protected or not, with the disks that go with it', async () => {
  const disk = (of: object) => new sdk.RunInstancesRequestDataDisk({ size: 20, ...of });
  const { id, diskIds } = await alice.running({
    autoReleaseTime: inHours(2),
    deletionProtection: true,
    dataDisk: [disk({}), disk({ deleteWithInstance: false })],
  });
  const [system = '', data = '', kept = ''] = diskIds;
  const { volumeId } = (await world.row('disks', system))!;
  await pass(1.9);
  assert.equal(await isThere(id), true);
  await pass(0.2);
  assert.equal(await isThere(id), false);
  assert.equal(world.world.plane.disks.has(volumeId), false);
  assert.equal(await world.row('disks', data), undefined);
  assert.partialDeepStrictEqual((await world.row('disks', kept))!, { status: 'Available', instanceId: null });
});

test('the time can be moved and taken away', async () => {
  const [moved, freed] = await alice.run({ amount: 2, autoReleaseTime: inHours(2) });
  await modify(moved!, inHours(4));
  await modify(freed!);
  assert.equal((await world.instanceOf(alice, freed!))['AutoReleaseTime'], '');
  await pass(3);
  assert.deepEqual(await Promise.all([moved!, freed!].map(isThere)), [true, true]);
  await pass(1.1);
  assert.deepEqual(await Promise.all([moved!, freed!].map(isThere)), [false, true]);
});

test('a snapshot in progress is waited for', async () => {
  const { id, diskIds } = await alice.running({ autoReleaseTime: inHours(1) });
  const snapshotId = await world.snapshot(alice, { sourceDiskId: diskIds[0]!, status: 'progressing' });
  await pass(1.1);
  assert.equal(await isThere(id), true);
  await world.change('snapshots', snapshotId, { status: 'accomplished' });
  await pass(1);
  assert.equal(await isThere(id), false);
});

test('ModifyInstanceAutoReleaseTime refuses', async () => {
  const { id } = await alice.running();
  const bob = await world.party();
  await world.refuses('InvalidInstanceId.NotFound', 404, () => modify('i-none', inHours(1)));
  await world.refuses('InvalidInstanceId.NotFound', 404, () =>
    bob.ecs.modifyInstanceAutoReleaseTime(new sdk.ModifyInstanceAutoReleaseTimeRequest({ instanceId: id })),
  );
  await world.refuses('InvalidAutoReleaseTime.Malformed', 400, () => modify(id, 'soon'));
  await world.refuses('InvalidAutoReleaseTime.Malformed', 400, () => modify(id, inHours(0.4)));
  await world.change('instances', id, { chargeType: 'PrePaid' });
  await world.refuses('ChargeTypeViolation', 403, () => modify(id, inHours(1)));
});
