import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createJobWorld, type JobWorld } from '../../../test/fakes/jobWorld.ts';
import { addDisk } from '../../../test/fakes/look.ts';
import { snapshotRow } from '../../../test/fakes/rows.ts';
import { DAY_MS } from '../../rules/times.ts';

const HOUR_MS = 3600_000;

const automatic = (world: JobWorld) =>
  world.database.read.selectFrom('snapshots').selectAll().where('type', '=', 'auto').execute();

async function addPolicy(world: JobWorld, nextAt: number): Promise<void> {
  await world.write((tx) =>
    tx
      .insertInto('autoSnapshotPolicies')
      .values({
        id: 'sp-1',
        accountId: '1000000000000001',
        regionId: 'cn-hangzhou',
        name: '',
        timePoints: '["0","6","12","18"]',
        repeatWeekdays: '["1","2","3","4","5","6","7"]',
        retentionDays: null,
        copyRegionId: null,
        copiedRetentionDays: null,
        copyKmsKeyId: null,
        resourceGroupId: '',
        createdAt: 0,
        nextAt,
      })
      .execute(),
  );
  await world.enqueue('runSnapshotPolicy', { policyId: 'sp-1' }, { resourceId: 'sp-1', runAfter: nextAt });
}

test('a policy fires once for all time points that were missed while the service was down, and goes on', async () => {
  await using world = await createJobWorld();
  await addDisk(world, 'data', { id: 'd-1', everAttached: 1, autoSnapshotPolicyId: 'sp-1' });
  await addPolicy(world, world.clock.now() + HOUR_MS);
  await world.runner.stop();
  world.clock.advance(3 * DAY_MS);
  await world.restart();
  await world.runner.settled();
  const [made] = await automatic(world);
  assert.deepEqual([made?.status, made?.createdAt], ['accomplished', world.clock.now()]);

  await world.restart();
  await world.runner.settled();
  assert.equal((await automatic(world)).length, 1);
  world.clock.advance(6 * HOUR_MS);
  await world.runner.settled();
  assert.equal((await automatic(world)).length, 2);
  const waiting = (await world.jobs('runSnapshotPolicy')).filter(({ status }) => status === 'waiting');
  assert.equal(waiting.length, 1);
});

test('a disk whose snapshot fails has one at the next time point', async () => {
  await using world = await createJobWorld();
  await addDisk(world, 'data', { id: 'd-1', everAttached: 1, autoSnapshotPolicyId: 'sp-1' });
  await addDisk(world, 'data', { id: 'd-2', everAttached: 1, autoSnapshotPolicyId: 'sp-1' });
  await addPolicy(world, world.clock.now() + HOUR_MS);
  world.plane.failNext('store d-1', new Error('it broke'));
  world.clock.advance(HOUR_MS);
  await world.runner.settled();
  const statuses = async () =>
    (await automatic(world)).map(({ sourceDiskId, status }) => `${sourceDiskId} ${status}`).sort();
  assert.deepEqual(await statuses(), ['d-1 failed', 'd-2 accomplished']);
  world.clock.advance(6 * HOUR_MS);
  await world.runner.settled();
  assert.deepEqual(await statuses(), ['d-1 accomplished', 'd-1 failed', 'd-2 accomplished', 'd-2 accomplished']);
});

test('a retention that ended while the service was down ends at its start', async () => {
  await using world = await createJobWorld();
  const createdAt = world.clock.now();
  const row = snapshotRow({ id: 's-1', status: 'accomplished', createdAt, retentionDays: 1 });
  await world.write((tx) => tx.insertInto('snapshots').values(row).execute());
  await world.enqueue('expireSnapshot', { snapshotId: 's-1' }, { resourceId: 's-1', runAfter: createdAt + DAY_MS });
  await world.runner.stop();
  world.clock.advance(2 * DAY_MS);
  await world.restart();
  await world.runner.settled();
  assert.deepEqual(await world.database.read.selectFrom('snapshots').select('id').execute(), []);
  const [collection] = await world.jobs('collectGarbage');
  assert.equal(collection?.status, 'waiting');
});
