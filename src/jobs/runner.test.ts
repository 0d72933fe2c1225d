import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { WorldFault } from '../base/worldFault.ts';
import { createJobWorld } from '../../test/fakes/jobWorld.ts';
import { until } from '../../test/until.ts';
import { CANCELLED, type Job } from './job.ts';

const full = new WorldFault('DiskFull', 'No space is left.', { retryable: true });

/** A kind that tells what happens to it and does what the test says. */
function probe(settings: Partial<Job<{ diskIds: string[] }>> = {}) {
  const heard: string[] = [];
  const job: Job<{ diskIds: string[] }> = {
    weight: 'control',
    resources: ({ diskIds }) => diskIds,
    async run({ diskIds }) {
      heard.push(`run ${diskIds.join()}`);
      return async () => void heard.push(`finish ${diskIds.join()}`);
    },
    async fail({ diskIds }, _, __, reason) {
      heard.push(`fail ${diskIds.join()} ${reason.code}`);
    },
    ...settings,
  };
  return { job: job as Job<never>, heard };
}

test('a job runs once its transaction is committed, and not when it is rolled back', async () => {
  const { job, heard } = probe();
  await using world = await createJobWorld({ createDisks: job });
  await assert.rejects(
    world.write(async (tx) => {
      await world.enqueueIn(tx, 'createDisks', { diskIds: ['never'] });
      throw new Error('refused');
    }),
    /refused/,
  );
  const id = await world.enqueue('createDisks', { diskIds: ['d-1'] });
  await world.runner.settled();
  assert.deepEqual(heard, ['run d-1', 'finish d-1']);
  const row = await world.job(id);
  assert.equal(row.status, 'succeeded');
  assert.equal(row.progress, 100);
  assert.equal(row.finishedAt, world.clock.now());
});

test('jobs on one resource run in order of enqueueing; others pass', async () => {
  const gate = Promise.withResolvers<void>();
  const heard: string[] = [];
  const { job } = probe({
    async run({ diskIds }, { row }) {
      heard.push(`${diskIds.join()} ${row.resourceId}`);
      if (row.resourceId === 'first') await gate.promise;
      return async () => {};
    },
  });
  await using world = await createJobWorld({ createDisks: job });
  await world.write(async (tx) => {
    await world.enqueueIn(tx, 'createDisks', { diskIds: ['d-1'] }, { resourceId: 'first' });
    await world.enqueueIn(tx, 'createDisks', { diskIds: ['d-1', 'd-2'] }, { resourceId: 'second' });
    await world.enqueueIn(tx, 'createDisks', { diskIds: ['d-2'] }, { resourceId: 'third' });
    await world.enqueueIn(tx, 'createDisks', { diskIds: ['d-3'] }, { resourceId: 'fourth' });
  });
  world.runner.wake();
  await until(() => heard.includes('d-3 fourth'));
  const early = [...heard];
  gate.resolve();
  await world.runner.settled();
  assert.deepEqual(early, ['d-1 first', 'd-3 fourth']);
  assert.deepEqual(heard, ['d-1 first', 'd-3 fourth', 'd-1,d-2 second', 'd-2 third']);
});

test('no more data jobs than allowed run at once, and control jobs pass them', async () => {
  const gate = Promise.withResolvers<void>();
  let running = 0;
  let most = 0;
  const data = probe({
    weight: 'data',
    async run() {
      most = Math.max(most, (running += 1));
      await gate.promise;
      running -= 1;
      return async () => {};
    },
  });
  const control = probe();
  await using world = await createJobWorld({ createDisks: data.job, attachDisk: control.job });
  for (const id of ['d-1', 'd-2', 'd-3', 'd-4']) await world.enqueue('createDisks', { diskIds: [id] });
  const id = await world.enqueue('attachDisk', { diskIds: ['d-5'] } as never);
  await until(async () => (await world.job(id)).status === 'succeeded');
  assert.equal(running, 2);
  gate.resolve();
  await world.runner.settled();
  assert.equal(most, 2);
});

test('a retryable fault of the world is tried again after a growing wait, then given up', async () => {
  let attempts = 0;
  const { job, heard } = probe({
    async run() {
      attempts += 1;
      throw full;
    },
  });
  await using world = await createJobWorld({ createDisks: job });
  const id = await world.enqueue('createDisks', { diskIds: ['d-1'] });
  await world.runner.settled();
  const first = await world.job(id);
  assert.equal(first.status, 'waiting');
  assert.equal(first.runAfter, world.clock.now() + 1000);
  world.clock.advance(999);
  await world.runner.settled();
  assert.equal(attempts, 1);
  world.clock.advance(1);
  await world.runner.settled();
  assert.equal(attempts, 2);
  assert.equal((await world.job(id)).runAfter, world.clock.now() + 2000);
  world.clock.advance(2000);
  await world.runner.settled();
  assert.equal(attempts, 3);
  const row = await world.job(id);
  assert.deepEqual([row.status, row.errorCode, row.errorMessage], ['failed', 'DiskFull', 'No space is left.']);
  assert.deepEqual(heard, ['fail d-1 DiskFull']);
});

test('a job that is to be tried again keeps its place before later ones on its resource', async () => {
  const heard: string[] = [];
  let faults = 1;
  const { job } = probe({
    async run(_, { row }) {
      heard.push(row.resourceId);
      if (faults-- > 0) throw full;
      return async () => {};
    },
  });
  await using world = await createJobWorld({ createDisks: job });
  await world.enqueue('createDisks', { diskIds: ['d-1'] }, { resourceId: 'first' });
  await world.runner.settled();
  await world.enqueue('createDisks', { diskIds: ['d-1'] }, { resourceId: 'second' });
  await world.runner.settled();
  world.clock.advance(1000);
  await world.runner.settled();
  assert.deepEqual(heard, ['first', 'first', 'second']);
});

test('a fault that another attempt would not mend fails at once, its undoing in the same transaction', async () => {
  const { job } = probe({
    run: () => Promise.reject(new WorldFault('ImageFileInvalid', 'It is truncated.')),
    async fail(_, __, tx) {
      await tx.insertInto('settings').values({ key: 'undone', value: '1' }).execute();
    },
  });
  await using world = await createJobWorld({ createDisks: job });
  const id = await world.enqueue('createDisks', { diskIds: ['d-1'] });
  await world.runner.settled();
  assert.equal((await world.job(id)).errorCode, 'ImageFileInvalid');
  assert.equal((await world.database.read.selectFrom('settings').selectAll().execute()).length, 1);
});

test('our own fault fails the job without its text', async () => {
  const { job, heard } = probe({ run: () => Promise.reject(new TypeError('secret internals')) });
  await using world = await createJobWorld({ createDisks: job });
  const id = await world.enqueue('createDisks', { diskIds: ['d-1'] });
  await world.runner.settled();
  const row = await world.job(id);
  assert.equal(row.errorCode, 'InternalError');
  assert.doesNotMatch(row.errorMessage!, /secret/);
  assert.deepEqual(heard, ['fail d-1 InternalError']);
});

test('rows and the job succeed in one transaction: when it fails, neither is there', async () => {
  let faults = 1;
  const { job } = probe({
    async run() {
      return async (tx) => {
        await tx.insertInto('settings').values({ key: 'done', value: '1' }).execute();
        if (faults-- > 0) throw full;
      };
    },
  });
  await using world = await createJobWorld({ createDisks: job });
  const id = await world.enqueue('createDisks', { diskIds: ['d-1'] });
  await world.runner.settled();
  assert.equal((await world.job(id)).status, 'waiting');
  assert.deepEqual(await world.database.read.selectFrom('settings').selectAll().execute(), []);
  world.clock.advance(1000);
  await world.runner.settled();
  assert.equal((await world.job(id)).status, 'succeeded');
  assert.equal((await world.database.read.selectFrom('settings').selectAll().execute()).length, 1);
});

test('an undoing that can not be recorded is tried again, and the job is never half-ended', async () => {
  let faults = 1;
  const { job } = probe({
    run: () => Promise.reject(new WorldFault('Broken', 'Broken.')),
    async fail(_, __, tx) {
      await tx.insertInto('settings').values({ key: 'undone', value: '1' }).execute();
      if (faults-- > 0) throw new Error('database or disk is full');
    },
  });
  await using world = await createJobWorld({ createDisks: job });
  const id = await world.enqueue('createDisks', { diskIds: ['d-1'] });
  await world.runner.settled();
  assert.equal((await world.job(id)).status, 'running');
  world.clock.advance(60_000);
  await world.runner.settled();
  assert.equal((await world.job(id)).status, 'failed');
});

test('a timed job waits for service time', async () => {
  const { job, heard } = probe();
  await using world = await createJobWorld({ createDisks: job });
  await world.enqueue('createDisks', { diskIds: ['d-1'] }, { runAfter: world.clock.now() + 60_000 });
  await world.enqueue('createDisks', { diskIds: ['d-1'] });
  await world.runner.settled();
  assert.deepEqual(heard, ['run d-1', 'finish d-1']);
  world.clock.advance(60_000);
  await world.runner.settled();
  assert.equal(heard.length, 4);
});

test('the begin step needs no free place, is waited for, and is done once even when the service dies after it', async () => {
  const heard: string[] = [];
  const never = new Promise<never>(() => {});
  let isFirstProcess = true;
  const { job } = probe({
    weight: 'data',
    async begin({ diskIds }) {
      heard.push(`begin ${diskIds.join()}`);
    },
    async run({ diskIds }) {
      heard.push(`run ${diskIds.join()}`);
      if (isFirstProcess) await never;
      return async () => {};
    },
  });
  await using world = await createJobWorld({ createDisks: job });
  for (const id of ['d-1', 'd-2']) await world.enqueue('createDisks', { diskIds: [id] });
  const third = await world.enqueue('createDisks', { diskIds: ['d-3'] });
  await world.runner.began([third]);
  assert.ok(heard.includes('begin d-3'));
  assert.ok(!heard.includes('run d-3'));
  isFirstProcess = false;
  heard.length = 0;
  await world.restart();
  await world.runner.settled();
  assert.deepEqual(heard.sort(), ['run d-1', 'run d-2', 'run d-3']);
  assert.equal((await world.job(third)).status, 'succeeded');
});

test('a begin step that the service died in is done again', async () => {
  let begins = 0;
  const { job } = probe({
    async begin() {
      begins += 1;
      if (begins === 1) await new Promise<never>(() => {});
    },
  });
  await using world = await createJobWorld({ createDisks: job });
  const id = await world.enqueue('createDisks', { diskIds: ['d-1'] });
  await until(() => begins === 1);
  await world.restart();
  await world.runner.began([id]);
  await world.runner.settled();
  assert.equal(begins, 2);
  assert.equal((await world.job(id)).status, 'succeeded');
});

test('a begin step that fails ends the wait for it', async () => {
  const { job, heard } = probe({ begin: () => Promise.reject(new WorldFault('VolumeNotFound', 'Gone.')) });
  await using world = await createJobWorld({ createDisks: job });
  const id = await world.enqueue('createDisks', { diskIds: ['d-1'] });
  await world.runner.began([id, 't-unknown']);
  assert.equal((await world.job(id)).status, 'failed');
  assert.deepEqual(heard, ['fail d-1 VolumeNotFound']);
});

test('a running job is cancelled through its signal', async () => {
  const running = Promise.withResolvers<void>();
  const { job, heard } = probe({
    run: (_, { signal }) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(new Error('interrupted')));
        running.resolve();
      }),
  });
  await using world = await createJobWorld({ createDisks: job });
  const id = await world.enqueue('createDisks', { diskIds: ['d-1'] });
  await running.promise;
  await world.runner.cancel(id);
  const row = await world.job(id);
  assert.deepEqual([row.status, row.errorCode], ['cancelled', CANCELLED]);
  assert.deepEqual(heard, [`fail d-1 ${CANCELLED}`]);
});

test('a waiting job is cancelled without running', async () => {
  const { job, heard } = probe();
  await using world = await createJobWorld({ createDisks: job });
  const id = await world.enqueue('createDisks', { diskIds: ['d-1'] }, { runAfter: world.clock.now() + 1000 });
  await world.runner.cancel(id);
  assert.equal((await world.job(id)).status, 'cancelled');
  assert.deepEqual(heard, [`fail d-1 ${CANCELLED}`]);
});

test('a cancel that was answered before the last transaction counts', async () => {
  const { job, heard } = probe({
    async run(_, { row, database }) {
      await database.write((tx) =>
        tx.updateTable('jobs').set({ cancelRequested: 1 }).where('id', '=', row.id).execute(),
      );
      return async () => void heard.push('finish');
    },
  });
  await using world = await createJobWorld({ createDisks: job });
  const id = await world.enqueue('createDisks', { diskIds: ['d-1'] });
  await world.runner.settled();
  assert.equal((await world.job(id)).status, 'cancelled');
  assert.deepEqual(heard, [`fail d-1 ${CANCELLED}`]);
});

test('a fault after a cancel that the runner has not seen yet is the cancel’s', async () => {
  const { job, heard } = probe({
    async run(_, { row, database }) {
      await database.write((tx) =>
        tx.updateTable('jobs').set({ cancelRequested: 1 }).where('id', '=', row.id).execute(),
      );
      throw new WorldFault('ImageDeleted', 'Whoever cancelled took it away.');
    },
  });
  await using world = await createJobWorld({ createDisks: job });
  const id = await world.enqueue('createDisks', { diskIds: ['d-1'] });
  await world.runner.settled();
  const row = await world.job(id);
  assert.deepEqual([row.status, row.errorCode], ['cancelled', CANCELLED]);
  assert.deepEqual(heard, [`fail d-1 ${CANCELLED}`]);
});

test('stopping interrupts; the job goes on at the next start, its attempt uncounted', async () => {
  const running = Promise.withResolvers<void>();
  let isFirstProcess = true;
  const { job, heard } = probe({
    async run(_, { signal }) {
      if (isFirstProcess) {
        await new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason as Error));
          running.resolve();
        });
      }
      return async () => void heard.push('finish');
    },
  });
  await using world = await createJobWorld({ createDisks: job });
  const id = await world.enqueue('createDisks', { diskIds: ['d-1'] });
  await running.promise;
  await world.runner.stop();
  const row = await world.job(id);
  assert.deepEqual([row.status, row.attempts], ['waiting', 0]);
  isFirstProcess = false;
  await world.restart();
  await world.runner.settled();
  assert.equal((await world.job(id)).status, 'succeeded');
  assert.deepEqual(heard, ['finish']);
});

test('a job under which the service dies again and again is given up', async () => {
  let runs = 0;
  const { job, heard } = probe({
    run() {
      runs += 1;
      return new Promise<never>(() => {});
    },
  });
  await using world = await createJobWorld({ createDisks: job });
  const id = await world.enqueue('createDisks', { diskIds: ['d-1'] });
  await until(() => runs === 1);
  for (let death = 1; death <= 20; death += 1) {
    await world.restart();
    if (death < 20) await until(() => runs === death + 1);
  }
  await world.runner.settled();
  assert.equal(runs, 20);
  assert.deepEqual(heard, ['fail d-1 GivenUp']);
  assert.equal((await world.job(id)).status, 'failed');
});

test('a job of a kind that this version does not know fails, and the queue goes on', async () => {
  const { job } = probe();
  await using world = await createJobWorld({ createDisks: job });
  const strange = await world.enqueue('teleport' as never, {} as never);
  const known = await world.enqueue('createDisks', { diskIds: ['d-1'] });
  await world.runner.settled();
  assert.equal((await world.job(strange)).errorCode, 'UnknownJobKind');
  assert.equal((await world.job(known)).status, 'succeeded');
});

test('leases are held until the last transaction is over, and let go when the job fails', async () => {
  const held: number[] = [];
  let fault: Error | null = null;
  const { job } = probe({
    async run(_, { lease }) {
      await lease('cn-hangzhou');
      if (fault) throw fault;
      return async () => void held.push(world.plane.leases.size);
    },
  });
  await using world = await createJobWorld({ createDisks: job });
  await world.enqueue('createDisks', { diskIds: ['d-1'] });
  await world.runner.settled();
  assert.deepEqual(held, [1]);
  fault = full;
  await world.enqueue('createDisks', { diskIds: ['d-1'] });
  await world.runner.settled();
  assert.equal(world.plane.leases.size, 0);
});

test('progress reaches the rows while the job runs', async () => {
  const { job } = probe({
    async run(_, { progress, database, row }) {
      progress(41.7);
      const shown = () =>
        database.read.selectFrom('jobs').select('progress').where('id', '=', row.id).executeTakeFirstOrThrow();
      await until(async () => (await shown()).progress === 41);
      return async () => {};
    },
  });
  await using world = await createJobWorld({ createDisks: job });
  const id = await world.enqueue('createDisks', { diskIds: ['d-1'] });
  await world.runner.settled();
  assert.equal((await world.job(id)).progress, 100);
});

test('whoever waits for quiet keeps no job from its turn, though more have begun than may run', async () => {
  const { job, heard } = probe({
    weight: 'data',
    async begin() {},
    async run({ diskIds }) {
      await nextTurn();
      heard.push(diskIds.join());
      return async () => {};
    },
  });
  await using world = await createJobWorld({ createDisks: job });
  await world.write(async (tx) => {
    for (const id of ['d-1', 'd-2', 'd-3']) await world.enqueueIn(tx, 'createDisks', { diskIds: [id] });
  });
  await world.runner.settled();
  assert.deepEqual(heard.sort(), ['d-1', 'd-2', 'd-3']);
});
