import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import sdk from '@alicloud/ecs20140526';
import type { InstanceStatus } from '../../src/rules/states.ts';
import { createInstanceWorld, REGION, type InstanceWorld, type Launcher } from './instanceWorld.ts';

let world: InstanceWorld;
let alice: Launcher;
before(async () => {
  world = await createInstanceWorld();
  alice = await world.launcher();
});
after(() => world[Symbol.asyncDispose]());

const start = (instanceId: string, of = {}) =>
  alice.ecs.startInstance(new sdk.StartInstanceRequest({ instanceId, ...of }));
const stop = (instanceId: string, of = {}) =>
  alice.ecs.stopInstance(new sdk.StopInstanceRequest({ instanceId, ...of }));
const reboot = (instanceId: string, of = {}) =>
  alice.ecs.rebootInstance(new sdk.RebootInstanceRequest({ instanceId, ...of }));
const status = async (id: string) => (await world.row('instances', id))!.status;

test('an instance stops, starts and reboots', async () => {
  const { id } = await alice.running();
  await stop(id, { stoppedMode: 'StopCharging' });
  await world.world.settled();
  assert.partialDeepStrictEqual(await world.instanceOf(alice, id), { Status: 'Stopped', StoppedMode: 'StopCharging' });
  await start(id);
  await world.world.settled();
  assert.partialDeepStrictEqual(await world.instanceOf(alice, id), {
    Status: 'Running',
    StoppedMode: 'Not-applicable',
  });
  await reboot(id, { forceStop: true });
  await world.world.settled();
  assert.equal(await status(id), 'Running');
});

test('in between it is Pending, Starting or Stopping, and says so', async () => {
  const { plane } = world.world;
  const { id, diskIds } = await alice.stopped();
  const { volumeId } = (await world.row('disks', diskIds[0]!))!;
  const release = plane.hold(`create ${volumeId}`);
  await start(id);
  assert.equal(await status(id), 'Starting');
  await assert.rejects(stop(id), { code: 'IncorrectInstanceStatus', statusCode: 403 });
  release();
  await world.world.settled();
  assert.equal(await status(id), 'Running');
});

test('a state that does not allow it is IncorrectInstanceStatus, and nothing changes', async () => {
  const { id } = await alice.running();
  const wrong: [verb: (id: string) => Promise<unknown>, statuses: InstanceStatus[]][] = [
    [start, ['Pending', 'Starting', 'Running', 'Stopping']],
    [stop, ['Pending', 'Starting', 'Stopping', 'Stopped']],
    [reboot, ['Pending', 'Starting', 'Stopping', 'Stopped']],
  ];
  for (const [verb, statuses] of wrong) {
    for (const is of statuses) {
      await world.change('instances', id, { status: is });
      await world.refuses('IncorrectInstanceStatus', 403, () => verb(id));
    }
  }
});

test('unknown instances, and those of others, do not exist', async () => {
  const bob = await world.launcher();
  const foreign = await bob.running();
  for (const verb of [start, stop, reboot]) {
    await world.refuses('InvalidInstanceId.NotFound', 404, () => verb('i-none'));
    await world.refuses('InvalidInstanceId.NotFound', 404, () => verb(foreign.id));
  }
  await world.refuses('MissingInstanceId', 400, () => start(''));
});

test('a bad stop, and a start with a disk that is not ready', async () => {
  const { id, diskIds } = await alice.running();
  await world.refuses('InvalidParameter', 400, () => stop(id, { stoppedMode: 'Free' }));
  await world.refuses('UnsupportedParameter', 400, () => stop(id, { hibernate: true }));
  await world.change('instances', id, { status: 'Stopped' });
  await world.change('disks', diskIds[0]!, { status: 'ReIniting' });
  await world.refuses('IncorrectInstanceStatus', 403, () => start(id));
  await world.change('disks', diskIds[0]!, { status: 'In_use', instanceId: null });
  await world.refuses('InvalidInstance.NotFoundSystemDisk', 400, () => start(id));
});

test('DryRun checks and changes nothing', async () => {
  const { id } = await alice.running();
  await world.refuses('DryRunOperation', 400, () => stop(id, { dryRun: true }));
  await world.refuses('IncorrectInstanceStatus', 403, () => start(id, { dryRun: true }));
});

test('many are stopped, started and rebooted together', async () => {
  const ids = await alice.run({ amount: 2 });
  const stopped = await alice.ecs.stopInstances(
    new sdk.StopInstancesRequest({ regionId: REGION, instanceId: ids, forceStop: true }),
  );
  assert.deepEqual(
    stopped.body!.instanceResponses!.instanceResponse!.map((item) => item.toMap()),
    ids.map((InstanceId) => ({
      InstanceId,
      Code: '200',
      Message: 'success',
      PreviousStatus: 'Running',
      CurrentStatus: 'Stopping',
    })),
  );
  await world.world.settled();
  await alice.ecs.startInstances(new sdk.StartInstancesRequest({ regionId: REGION, instanceId: ids }));
  await world.world.settled();
  assert.deepEqual(await Promise.all(ids.map(status)), ['Running', 'Running']);
  await alice.ecs.rebootInstances(
    new sdk.RebootInstancesRequest({ regionId: REGION, instanceId: ids, forceReboot: true }),
  );
  await world.world.settled();
  assert.deepEqual(await Promise.all(ids.map(status)), ['Running', 'Running']);
});

test('AllTogether: one that can not undoes all', async () => {
  const [running] = await alice.run();
  const { id: stopped } = await alice.stopped();
  const together = (instanceId: string[], of = {}) =>
    alice.ecs.stopInstances(new sdk.StopInstancesRequest({ regionId: REGION, instanceId, ...of }));
  await world.refuses('IncorrectInstanceStatus', 403, () => together([running!, stopped]));
  await world.refuses('InvalidInstanceId.NotFound', 404, () => together([running!, 'i-none']));
  await world.refuses('InvalidInstanceId.NotFound', 404, () => together([running!], { regionId: 'cn-beijing' }));
  await world.refuses('InvalidInstanceId.NotFound', 403, () => together([]));
  await world.refuses('InvalidParameter.TooManyInstanceIds', 403, () =>
    together(Array.from({ length: 101 }, (_, index) => `i-${index}`)),
  );
  await world.refuses('InvalidParameter', 400, () => together([running!], { batchOptimization: 'Some' }));
  await world.refuses('DRYRUN.SUCCESS', 400, () => together([running!], { dryRun: true }));
  await world.refuses('IncorrectInstanceStatus', 403, () => together([running!, stopped], { dryRun: true }));
  const request = { regionId: REGION, instanceId: [running!] };
  await world.refuses('IncorrectInstanceStatus', 403, () =>
    alice.ecs.startInstances(new sdk.StartInstancesRequest(request)),
  );
  await world.refuses('DRYRUN.SUCCESS', 400, () =>
    alice.ecs.rebootInstances(new sdk.RebootInstancesRequest({ ...request, dryRun: true })),
  );
});

test('SuccessFirst: each for itself', async () => {
  const [running] = await alice.run();
  const { id: stopped } = await alice.stopped();
  const { body } = await alice.ecs.stopInstances(
    new sdk.StopInstancesRequest({
      regionId: REGION,
      instanceId: [running!, stopped, 'i-none'],
      batchOptimization: 'SuccessFirst',
    }),
  );
  assert.deepEqual(
    body!.instanceResponses!.instanceResponse!.map(({ instanceId, code, previousStatus, currentStatus }) => [
      instanceId,
      code,
      previousStatus,
      currentStatus,
    ]),
    [
      [running, '200', 'Running', 'Stopping'],
      [stopped, 'IncorrectInstanceStatus', 'Stopped', 'Stopped'],
      ['i-none', 'InvalidInstanceId.NotFound', '', ''],
    ],
  );
  await world.world.settled();
  assert.equal(await status(running!), 'Stopped');
  await world.refuses('DRYRUN.SUCCESS', 400, () =>
    alice.ecs.stopInstances(
      new sdk.StopInstancesRequest({
        regionId: REGION,
        instanceId: ['i-none'],
        batchOptimization: 'SuccessFirst',
        dryRun: true,
      }),
    ),
  );
});
