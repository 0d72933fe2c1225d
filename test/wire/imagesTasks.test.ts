import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import sdk from '@alicloud/ecs20140526';
import { WorldFault } from '../../src/base/worldFault.ts';
import { enqueue } from '../../src/jobs/queue.ts';
import type { JobRow } from '../../src/records/tables/jobs.ts';
import { createImageWorld, type ImageWorld, type Party } from './imageWorld.ts';

let world: ImageWorld;
before(async () => {
  world = await createImageWorld();
});
after(() => world[Symbol.asyncDispose]());

type Query = ConstructorParameters<typeof sdk.DescribeTasksRequest>[0];

async function list(party: Party, query: Query = {}) {
  return (await party.ecs.describeTasks(new sdk.DescribeTasksRequest({ regionId: 'cn-hangzhou', ...query }))).body!;
}

const idsOf = async (party: Party, query: Query = {}): Promise<string[]> =>
  (await list(party, query)).taskSet!.task!.map(({ taskId }) => taskId!);

async function look(party: Party, taskId: string, regionId = 'cn-hangzhou') {
  const request = new sdk.DescribeTaskAttributeRequest({ regionId, taskId });
  return (await party.ecs.describeTaskAttribute(request)).body!;
}

const cancel = (party: Party, taskId: string, regionId = 'cn-hangzhou') =>
  party.ecs.cancelTask(new sdk.CancelTaskRequest({ regionId, taskId }));

/** A job that stays as it is: it is not due for ages. Enqueued as any other, for the runner takes each sequence once. */
async function task(owner: Party, row: Partial<JobRow> = {}): Promise<string> {
  const parts = { ...world.world.parts, idInfix: 'bp1' };
  const of = {
    accountId: owner.accountId,
    regionId: 'cn-hangzhou',
    resourceId: world.world.parts.ids.resource('m', 'bp1'),
  };
  const as = { taskAction: 'ImportImage', runAfter: Number.MAX_SAFE_INTEGER, createdAt: Date.UTC(2026, 0, 1, 12) };
  return parts.database.write(async (tx) => {
    const id = await enqueue(tx, parts, 'collectGarbage', { regionId: 'cn-hangzhou' }, of);
    await tx
      .updateTable('jobs')
      .set({ ...as, ...row })
      .where('id', '=', id)
      .execute();
    return id;
  });
}

test('creating and copying an image are tasks with progress and result', async () => {
  const alice = await world.party();
  const source = await world.image(alice);
  const release = world.world.plane.hold('copy');
  const request = { regionId: 'cn-hangzhou', imageId: source, destinationRegionId: 'cn-beijing' };
  const { imageId } = (await alice.ecs.copyImage(new sdk.CopyImageRequest(request))).body!;
  await world.world.plane.called('copy');
  const [running] = (await list(alice, { regionId: 'cn-beijing', resourceIds: [imageId!] })).taskSet!.task!;
  assert.partialDeepStrictEqual(running!.toMap(), {
    TaskAction: 'CopyImage',
    TaskStatus: 'Processing',
    SupportCancel: 'false',
    ResourceId: imageId,
    FinishedTime: '',
  });
  release();
  await world.world.settled();
  const done = await look(alice, running!.taskId!, 'cn-beijing');
  assert.partialDeepStrictEqual(done.toMap(), {
    TaskId: running!.taskId,
    TaskAction: 'CopyImage',
    TaskStatus: 'Finished',
    TaskProcess: '100%',
    RegionId: 'cn-beijing',
    TotalCount: 1,
    SuccessCount: 1,
    FailedCount: 0,
    OperationProgressSet: {
      OperationProgress: [
        {
          OperationStatus: 'Success',
          ErrorCode: '',
          ErrorMsg: '',
          RelatedItemSet: { RelatedItem: [{ Name: 'ImageId', Value: imageId }] },
        },
      ],
    },
  });
  assert.match(done.creationTime!, /^\d{4}-\d\d-\d\dT\d\d:\d\dZ$/);
  assert.match(done.finishedTime!, /^\d{4}-\d\d-\d\dT\d\d:\d\dZ$/);
  assert.deepEqual(await idsOf(alice, { taskAction: 'CopyImage' }), []);

  const snapshotId = await world.snapshot(alice);
  await alice.ecs.createImage(new sdk.CreateImageRequest({ regionId: 'cn-hangzhou', snapshotId }));
  assert.equal((await list(alice, { taskAction: 'CreateImage' })).totalCount, 1);
});

test('a task that failed says why', async () => {
  const alice = await world.party();
  const imageId = await world.image(alice);
  world.world.plane.failNext('copy', new WorldFault('ChunkDamaged', 'A chunk is damaged.'));
  const request = { regionId: 'cn-hangzhou', imageId, destinationRegionId: 'cn-beijing' };
  await alice.ecs.copyImage(new sdk.CopyImageRequest(request));
  await world.world.settled();
  const [id] = await idsOf(alice, { regionId: 'cn-beijing', taskStatus: 'Failed' });
  const failed = await look(alice, id!, 'cn-beijing');
  assert.deepEqual([failed.taskStatus, failed.successCount, failed.failedCount], ['Failed', 0, 1]);
  const [operation] = failed.operationProgressSet!.operationProgress!;
  assert.deepEqual(
    [operation!.operationStatus, operation!.errorCode, operation!.errorMsg],
    ['Failed', 'ChunkDamaged', 'A chunk is damaged.'],
  );
});

test('tasks are found by what they are, newest first, and nobody else’s', async () => {
  const alice = await world.party();
  const bob = await world.party();
  const waiting = await task(alice, { resourceId: 'm-1' });
  const running = await task(alice, { status: 'running', taskAction: 'ExportImage', resourceId: 'm-2' });
  const finished = await task(alice, { status: 'succeeded', createdAt: Date.UTC(2026, 0, 2), finishedAt: 0 });
  const failed = await task(alice, { status: 'failed' });
  const cancelled = await task(alice, { status: 'cancelled' });
  await task(alice, { taskAction: null });
  await task(alice, { regionId: 'cn-beijing' });
  await task(bob, { resourceId: 'm-1' });
  const all = [cancelled, failed, finished, running, waiting];

  assert.deepEqual(await idsOf(alice), all);
  assert.deepEqual(
    (await list(alice)).taskSet!.task!.map(({ taskStatus, supportCancel }) => [taskStatus, supportCancel]),
    [
      ['Deleted', 'false'],
      ['Failed', 'false'],
      ['Finished', 'false'],
      ['Processing', 'true'],
      ['Waiting', 'true'],
    ],
  );
  assert.deepEqual(await idsOf(alice, { taskIds: `${waiting},${failed}, t-none` }), [failed, waiting]);
  assert.deepEqual(await idsOf(alice, { resourceIds: ['m-1', 'm-2'] }), [running, waiting]);
  assert.deepEqual(await idsOf(alice, { taskAction: 'ExportImage' }), [running]);
  assert.deepEqual(await idsOf(alice, { taskStatus: 'Processing' }), [running]);
  assert.deepEqual(await idsOf(alice, { taskStatus: 'Finished' }), [finished]);
  assert.deepEqual(await idsOf(alice, { taskStatus: 'Failed' }), [failed]);
  for (const taskStatus of ['Waiting', 'constructor']) assert.deepEqual(await idsOf(alice, { taskStatus }), all);
  assert.deepEqual(await idsOf(alice, { startTime: '2026-01-02T00:00:00Z' }), [finished]);
  assert.deepEqual(await idsOf(alice, { endTime: '2026-01-01T23:00:00Z' }), [cancelled, failed, running, waiting]);
  assert.deepEqual(await idsOf(alice, { taskGroupId: 'tg-1' }), []);
  assert.deepEqual(await idsOf(alice, { pageNumber: 2, pageSize: 2 }), [finished, running]);
  const empty = await list(bob, { regionId: 'cn-shanghai' });
  assert.deepEqual([empty.totalCount, empty.pageNumber, empty.pageSize, empty.regionId], [0, 1, 10, 'cn-shanghai']);
  assert.deepEqual(empty.taskSet!.task, []);
});

test('an import is cancelled', async () => {
  const alice = await world.party();
  const waiting = await task(alice);
  await cancel(alice, waiting);
  await world.world.settled();
  const ended = await look(alice, waiting);
  assert.deepEqual([ended.taskStatus, ended.failedCount], ['Deleted', 1]);
});

test('what is refused', async () => {
  const alice = await world.party();
  const bob = await world.party();
  const foreign = await task(bob);
  const done = await task(alice, { status: 'succeeded' });
  const copy = await task(alice, { taskAction: 'CopyImage' });
  const hidden = await task(alice, { taskAction: null });
  const queries: [string, number, Query][] = [
    ['MissingParameter', 400, { regionId: '' }],
    ['InvalidRegionId.NotFound', 400, { regionId: 'cn-nowhere' }],
    ['InvalidParameter', 400, { taskIds: Array(101).fill('t-1').join(',') }],
    ['InvalidParameter', 400, { startTime: 'now' }],
    ['InvalidParameter', 400, { endTime: '2026-01-01' }],
    ['InvalidParameter', 400, { pageSize: 101 }],
  ];
  for (const [code, status, query] of queries) await world.refuses(code, status, () => list(alice, query));
  for (const one of [look, cancel]) {
    await world.refuses('MissingParameter', 400, () => one(alice, done, ''));
    await world.refuses('MissingParameter', 400, () => one(alice, ''));
    await world.refuses('InvalidRegionId.NotFound', 400, () => one(alice, done, 'cn-nowhere'));
    await world.refuses('InvalidTaskId.NotFound', 400, () => one(alice, 't-none'));
    await world.refuses('InvalidTaskId.NotFound', 400, () => one(alice, foreign));
    await world.refuses('InvalidTaskId.NotFound', 400, () => one(alice, hidden));
    await world.refuses('InvalidTaskId.NotFound', 400, () => one(alice, done, 'cn-beijing'));
  }
  await world.refuses('InvalidTaskId.TaskActionNotSupport', 403, () => cancel(alice, copy));
  await world.refuses('InvalidTaskId.IncorrectTaskStatus', 403, () => cancel(alice, done));
});
