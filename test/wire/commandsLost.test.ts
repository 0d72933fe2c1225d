import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { RunRow } from '../../src/records/tables/invocations.ts';
import { answering, says, startAgent, startImpostor } from '../fakes/guestAgent.ts';
import { createMachines } from '../fakes/machines.ts';
import { until } from '../until.ts';
import { callerOf, createNetworkWorld, type Body, type Caller } from './networkWorld.ts';

/** What becomes of a run when the service, the guest or its agent is lost meanwhile: it is never begun twice, and it ends. */

const resultOf = async (caller: Caller, invokeId: string): Promise<Body> =>
  (await caller.ecs('DescribeInvocationResults', { invokeId, contentEncoding: 'PlainText' }))['Invocation']
    .InvocationResults.InvocationResult[0];

const run = async (caller: Caller, instanceId: string, commandContent: string, of: object = {}): Promise<string> =>
  (await caller.ecs('RunCommand', { type: 'RunShellScript', commandContent, instanceId: [instanceId], ...of }))[
    'InvokeId'
  ];

test('a command goes on while the service is away, and its end is known to the next', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tongjing-lost-'));
  const dataDir = join(folder, 'data');
  const [began, go] = [join(folder, 'began'), join(folder, 'go')];
  await using guest = await startAgent();
  const machines = createMachines({ agentSocket: async () => guest.socketPath });
  let caller: Caller;
  let invokeId: string;
  {
    await using world = await createNetworkWorld({ machines, dataDir });
    caller = await world.caller();
    const instanceId = await world.instance(caller);
    machines.running.add(instanceId);
    const script = `echo x >> ${began}; while [ ! -e ${go} ]; do sleep 0.05; done; cat ${began}`;
    invokeId = await run(caller, instanceId, script, {
      workingDir: folder,
      username: userInfo().username,
      timeout: 3600,
    });
    await until(async () => (await resultOf(caller, invokeId))['InvocationStatus'] === 'Running');
    await until(() => existsSync(began));
  }
  writeFileSync(go, '');
  {
    await using world = await createNetworkWorld({ machines, dataDir });
    caller = callerOf(world.world, caller);
    await world.world.settled();
    assert.partialDeepStrictEqual(await resultOf(caller, invokeId), { InvocationStatus: 'Success', Output: 'x\n' });
  }
  rmSync(folder, { recursive: true, force: true });
});

const cases: readonly (readonly [string, Parameters<typeof answering>[0], string, string])[] = [
  ['refuses to begin it', { 'guest-exec': says({ error: { desc: 'disabled' } }) }, 'Error', 'ExecutionException'],
  ['hangs up over it', { 'guest-exec': (socket) => void socket.end() }, 'Error', 'ClientNotResponse'],
  [
    'does not know it any more',
    { 'guest-exec': says({ return: { pid: 7 } }), 'guest-exec-status': says({ error: { desc: 'no such process' } }) },
    'Error',
    'ExecutionInterrupted',
  ],
  [
    'tells much too much of it',
    {
      'guest-exec': says({ return: { pid: 7 } }),
      'guest-exec-status': says({ return: { exited: true, exitcode: 0, 'out-data': 'A'.repeat(1024 * 1024) } }),
    },
    'Error',
    'ExecutionInterrupted',
  ],
];
for (const [what, answers, status, code] of cases) {
  test(`a run ends whose agent ${what}`, async () => {
    await using guest = await startImpostor(answering(answers));
    const machines = createMachines({ agentSocket: async () => guest.socketPath });
    await using world = await createNetworkWorld({ machines });
    const caller = await world.caller();
    const instanceId = await world.instance(caller);
    machines.running.add(instanceId);
    const invokeId = await run(caller, instanceId, 'id');
    await world.world.settled();
    const result = await resultOf(caller, invokeId);
    assert.deepEqual([result['InvocationStatus'], result['ErrorCode']], [status, code]);
  });
}

test('a run ends with its machine', async () => {
  const goesOn = {
    'guest-exec': says({ return: { pid: 7 } }),
    'guest-exec-status': says({ return: { exited: false } }),
  };
  await using guest = await startImpostor(answering(goesOn));
  const machines = createMachines({ agentSocket: async () => guest.socketPath });
  await using world = await createNetworkWorld({ machines });
  const caller = await world.caller();
  const instanceId = await world.instance(caller);
  machines.running.add(instanceId);
  const invokeId = await run(caller, instanceId, 'sleep 1000');
  await until(async () => (await resultOf(caller, invokeId))['InvocationStatus'] === 'Running');
  machines.running.delete(instanceId);
  await world.world.settled();
  assert.partialDeepStrictEqual(await resultOf(caller, invokeId), {
    InvocationStatus: 'Error',
    ErrorCode: 'ExecutionInterrupted',
  });
  const released = await world.instance(caller, { status: 'Stopped' });
  const late = await run(caller, released, 'id');
  await caller.ecs('DeleteInstance', { instanceId: released });
  await world.world.settled();
  assert.match((await resultOf(caller, late))['ErrorCode'], /^Instance(Released|NotRunning)$/);
});

test('what may have begun already is not begun again', async () => {
  let begun = 0;
  const counts = { 'guest-exec': () => void begun++ };
  await using guest = await startImpostor(answering(counts));
  const machines = createMachines({ agentSocket: async () => guest.socketPath });
  await using world = await createNetworkWorld({ machines });
  const caller = await world.caller();
  const instanceId = await world.instance(caller, { status: 'Stopped' });
  const invokeId = await run(caller, instanceId, 'id');
  await world.world.settled();
  machines.running.add(instanceId);
  const { database } = world.world.parts;
  const id = `${invokeId}/${instanceId}`;
  const asSent: Partial<RunRow> = { status: 'Pending', isSent: 1, fault: null };
  await database.write(async (tx) => {
    await tx.updateTable('runs').set(asSent).where('id', '=', id).execute();
    await tx.updateTable('instances').set({ status: 'Running' }).where('id', '=', instanceId).execute();
    await tx.updateTable('jobs').set({ status: 'running', sequence: 1_000_000 }).where('resourceId', '=', id).execute();
  });
  await world.world.settled();
  assert.partialDeepStrictEqual(await resultOf(caller, invokeId), {
    InvocationStatus: 'Error',
    ErrorCode: 'ExecutionInterrupted',
  });
  assert.equal(begun, 0);
});
