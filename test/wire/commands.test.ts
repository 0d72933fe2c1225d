import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { quotas } from '../../src/rules/quotas.ts';
import { createMachines, type FakeMachines } from '../fakes/machines.ts';
import { until } from '../until.ts';
import { createNetworkWorld, idsOf, type Body, type Caller, type NetworkWorld } from './networkWorld.ts';

/** Commands and their invocations as records: no guest runs one here. `commandsRun.test.ts` has a real agent. */

let machines: FakeMachines;
let world: NetworkWorld;
before(async () => {
  machines = createMachines();
  world = await createNetworkWorld({ machines });
});
after(() => world[Symbol.asyncDispose]());

const base64 = (text: string) => Buffer.from(text).toString('base64');
const settled = () => world.world.settled();
const create = async (caller: Caller, of: object = {}): Promise<string> => {
  const asked = { name: 'say', type: 'RunShellScript', commandContent: base64('echo hi'), ...of };
  return (await caller.ecs('CreateCommand', asked))['CommandId'];
};
const commandsOf = async (caller: Caller, of: object = {}): Promise<Body[]> =>
  (await caller.ecs('DescribeCommands', { ...of }))['Commands'].Command;
const run = async (caller: Caller, instanceId: string[], of: object = {}): Promise<Body> =>
  caller.ecs('RunCommand', { type: 'RunShellScript', commandContent: 'echo hi', instanceId, ...of });
const resultsOf = async (caller: Caller, of: object = {}): Promise<Body[]> =>
  (await caller.ecs('DescribeInvocationResults', { ...of }))['Invocation'].InvocationResults.InvocationResult;

test('a command is made, found, changed and deleted', async () => {
  const caller = await world.caller();
  const commandId = await create(caller, { description: 'says it', timeout: 120, tag: [{ key: 'a', value: 'b' }] });
  assert.match(commandId, /^c-bp1[0-9a-z]{17}$/);
  assert.partialDeepStrictEqual(await commandsOf(caller), [
    {
      CommandId: commandId,
      Name: 'say',
      Description: 'says it',
      Type: 'RunShellScript',
      CommandContent: base64('echo hi'),
      Timeout: 120,
      WorkingDir: '',
      EnableParameter: false,
      InvokeTimes: 0,
      ParameterNames: { ParameterName: [] },
      Tags: { Tag: [{ TagKey: 'a', TagValue: 'b' }] },
    },
  ]);
  const plain = await create(caller, { name: 'plain', commandContent: 'echo 你好', contentEncoding: 'PlainText' });
  const cases: [of: object, ids: string[]][] = [
    [{ commandId: plain }, [plain]],
    [{ name: 'pl*' }, [plain]],
    [{ description: '*says*' }, [commandId]],
    [{ type: 'RunBatScript' }, []],
    [{ provider: 'AlibabaCloud' }, []],
    [{ tag: [{ key: 'a' }] }, [commandId]],
    [{ regionId: 'cn-beijing' }, []],
    [{ maxResults: 10 }, [commandId, plain]],
  ];
  for (const [of, ids] of cases) {
    assert.deepEqual(idsOf(await commandsOf(caller, of), 'CommandId'), ids.toSorted(), JSON.stringify(of));
  }
  const [shown] = await commandsOf(caller, { commandId: plain, contentEncoding: 'PlainText' });
  assert.equal(shown!['CommandContent'], 'echo 你好');
  await caller.ecs('ModifyCommand', { commandId, name: 'renamed', timeout: 30, commandContent: 'ignored' });
  const [changed] = await commandsOf(caller, { commandId });
  assert.partialDeepStrictEqual(changed, {
    Name: 'renamed',
    Timeout: 30,
    Description: 'says it',
    CommandContent: base64('echo hi'),
  });
  await caller.ecs('TagResources', { resourceType: 'command', resourceId: [plain], tag: [{ key: 'k', value: 'v' }] });
  await caller.ecs('DeleteCommand', { commandId });
  assert.deepEqual(idsOf(await commandsOf(caller), 'CommandId'), [plain]);
});

test('what is not kept is no command, but its run is known', async () => {
  const caller = await world.caller();
  const instanceId = await world.instance(caller);
  const kept = await run(caller, [instanceId], { keepCommand: true, name: 'kept', tag: [{ key: 'a', value: 'b' }] });
  const { CommandId, InvokeId } = await run(caller, [instanceId], {
    timeout: 99,
    username: 'someone',
    resourceGroupId: 'rg-1',
  });
  await settled();
  assert.deepEqual(idsOf(await commandsOf(caller), 'CommandId'), [kept['CommandId']]);
  const invocationsOf = async (of: object) =>
    (await caller.ecs('DescribeInvocations', { ...of }))['Invocations'].Invocation;
  assert.partialDeepStrictEqual(await invocationsOf({ invokeId: InvokeId }), [
    {
      InvokeId,
      CommandId,
      Timeout: 99,
      Username: 'someone',
      CommandContent: base64('echo hi'),
      InvocationStatus: 'Failed',
    },
  ]);
  const ids = [kept['InvokeId'], InvokeId];
  const cases: [of: object, ids: string[]][] = [
    [{}, ids],
    [{ commandId: CommandId }, [InvokeId]],
    [{ commandName: 'kept' }, [kept['InvokeId']]],
    [{ instanceId }, ids],
    [{ instanceId: await world.instance(caller) }, []],
    [{ invokeStatus: 'Failed' }, ids],
    [{ invokeStatus: 'Success' }, []],
    [{ resourceGroupId: 'rg-1' }, [InvokeId]],
    [{ tag: [{ key: 'a' }] }, [kept['InvokeId']]],
    [{ timed: true }, []],
    [{ commandType: 'RunBatScript' }, []],
    [{ repeatMode: 'Period' }, []],
    [{ pageSize: 50 }, ids],
  ];
  for (const [of, wanted] of cases) {
    assert.deepEqual(idsOf(await invocationsOf(of), 'InvokeId'), wanted.toSorted(), JSON.stringify(of));
  }
  assert.equal((await resultsOf(caller, { commandId: CommandId })).length, 1);
  assert.equal((await resultsOf(caller, { invokeRecordStatus: 'Failed' })).length, 2);
  assert.equal((await resultsOf(caller, { invokeRecordStatus: 'Running' })).length, 0);
});

test('what may not be is refused, and nothing changes', async () => {
  const caller = await world.caller();
  const other = await world.caller();
  const instanceId = await world.instance(caller);
  const windows = await world.instance(caller, { osType: 'windows' });
  const beijing = await world.instance(caller, { regionId: 'cn-beijing' });
  const hers = await world.instance(other);
  const commandId = await create(caller, { commandContent: base64('echo {{a}}'), enableParameter: true });
  const plain = await create(caller);
  const foreign = await create(other);
  const { InvokeId } = await run(other, [hers]);
  await settled();
  const made = { name: 'n', type: 'RunShellScript', commandContent: base64('id') };
  const ran = { type: 'RunShellScript', commandContent: 'id', instanceId: [instanceId] };
  const invoked = { commandId, instanceId: [instanceId] };
  const sent = { name: 'f', targetDir: '/tmp', content: 'x', instanceId: [instanceId] };
  const many = Array.from({ length: 101 }, (_, at) => `i-${at}`);
  const with_ = (content: string) => ({ ...made, commandContent: base64(content), enableParameter: true });
  const cases: [action: string, parameters: Record<string, unknown>, code: string, status: number][] = [
    ['CreateCommand', { ...made, type: 'RunPython' }, 'InvalidCmdType.NotFound', 403],
    ['CreateCommand', { ...made, type: 'RunBatScript' }, 'UnsupportedParameter', 400],
    ['CreateCommand', { ...made, name: 'n'.repeat(129) }, 'CmdName.ExceedLimit', 403],
    ['CreateCommand', { ...made, description: 'd'.repeat(513) }, 'CmdDesc.ExceedLimit', 403],
    ['CreateCommand', { ...made, commandContent: '***' }, 'InvalidParameter', 400],
    ['CreateCommand', { ...made, commandContent: base64('x'.repeat(18 * 1024 + 1)) }, 'CmdContent.ExceedLimit', 403],
    ['CreateCommand', { ...made, timeout: 9 }, 'InvalidParameter', 400],
    ['CreateCommand', { ...made, timeout: 86_401 }, 'InvalidParameter', 400],
    ['CreateCommand', { ...made, workingDir: 'w'.repeat(201) }, 'InvalidParameter', 400],
    ['CreateCommand', { ...made, launcher: 'python3' }, 'UnsupportedParameter', 400],
    ['CreateCommand', with_('{{ }}'), 'CmdParam.EmptyKey', 403],
    ['CreateCommand', with_('{{a b}}'), 'CmdParam.InvalidParamName', 403],
    ['CreateCommand', with_('{{acs::Secret}}'), 'CmdParam.InvalidParamName', 403],
    ['CreateCommand', with_(`{{${'p'.repeat(65)}}}`), 'CmdParamName.ExceedLimit', 403],
    ['CreateCommand', with_(many.map((_, at) => `{{p${at}}}`).join('')), 'ParameterCount.ExceedLimit', 403],
    ['ModifyCommand', { commandId: foreign, name: 'mine' }, 'InvalidCmdId.NotFound', 404],
    ['DeleteCommand', { commandId: foreign }, 'InvalidCmdId.NotFound', 404],
    ['DeleteCommand', { commandId, regionId: 'cn-beijing' }, 'InvalidCmdId.NotFound', 404],
    ['InvokeCommand', { ...invoked, commandId: foreign }, 'InvalidCmdId.NotFound', 404],
    ['InvokeCommand', { ...invoked, instanceId: [instanceId, hers] }, 'InvalidInstance.NotFound', 404],
    ['InvokeCommand', { ...invoked, instanceId: [beijing] }, 'InvalidInstance.NotFound', 404],
    ['InvokeCommand', { ...invoked, instanceId: [windows] }, 'InvalidInstance.NotMatch', 403],
    ['InvokeCommand', { ...invoked, instanceId: many }, 'InstanceIds.ExceedLimit', 403],
    ['InvokeCommand', { ...invoked, username: 'u'.repeat(256) }, 'Username.ExceedLimit', 403],
    ['InvokeCommand', { ...invoked, username: 'root; id' }, 'InvalidParameter', 400],
    ['InvokeCommand', { ...invoked, parameters: { b: '1' } }, 'Parameter.NotMatched', 403],
    ['InvokeCommand', { ...invoked, parameters: { a: '1', A: '2' } }, 'ParameterKey.Duplicate', 403],
    ['InvokeCommand', { ...invoked, parameters: { ['p'.repeat(65)]: '1' } }, 'ParameterKey.ExceedLimit', 403],
    ['InvokeCommand', { ...invoked, commandId: plain, parameters: { a: '1' } }, 'Parameter.Disabled', 404],
    ['InvokeCommand', { ...invoked, parameters: { a: 'x'.repeat(20_000) } }, 'CmdContent.ExceedLimit', 403],
    ['InvokeCommand', { ...invoked, repeatMode: 'Sometimes' }, 'InvalidParameter', 400],
    ['InvokeCommand', { ...invoked, repeatMode: 'Period' }, 'MissingParam.Frequency', 403],
    ['InvokeCommand', { ...invoked, frequency: 'rate(5m)' }, 'UnsupportedParameter', 400],
    ['InvokeCommand', { ...invoked, containerName: 'c' }, 'UnsupportedParameter', 400],
    ['RunCommand', { ...ran, instanceId: [] }, 'MissingParameter', 400],
    ['RunCommand', { ...ran, instanceId: [hers] }, 'InvalidInstance.NotFound', 404],
    ['RunCommand', { ...ran, terminationMode: 'Softly' }, 'InvalidParameter', 400],
    ['RunCommand', { ...ran, resourceGroupId: 'none' }, 'InvalidResourceGroup.NotFound', 404],
    ['StopInvocation', { invokeId: InvokeId }, 'InvalidInvokeId.NotFound', 404],
    ['SendFile', { ...sent, name: '../f' }, 'InvalidParameter', 400],
    ['SendFile', { ...sent, name: '..' }, 'InvalidParameter', 400],
    ['SendFile', { ...sent, targetDir: 'tmp' }, 'InvalidParameter', 400],
    ['SendFile', { ...sent, fileMode: '0999' }, 'InvalidParameter', 400],
    ['SendFile', { ...sent, fileOwner: 'a:b' }, 'InvalidParameter', 400],
    ['SendFile', { ...sent, content: 'x'.repeat(24 * 1024 + 1) }, 'CmdContent.ExceedLimit', 403],
    ['SendFile', { ...sent, instanceId: many.slice(0, 51) }, 'InstanceIds.ExceedLimit', 403],
    ['SendFile', { ...sent, instanceId: [hers] }, 'InvalidInstance.NotFound', 404],
    ['DescribeCommands', { pageSize: 51 }, 'InvalidParam.PageSize', 403],
    ['DescribeInvocations', { pageNumber: 0 }, 'InvalidParam.PageNumber', 403],
    ['DescribeInvocationResults', { includeHistory: true }, 'UnsupportedParameter', 400],
    ['DescribeCloudAssistantStatus', { instanceId: [instanceId, hers] }, 'InvalidInstance.NotFound', 404],
  ];
  for (const [action, parameters, code, status] of cases) {
    await world.refuses(code, status, () => caller.ecs(action, parameters));
  }
  assert.deepEqual(await resultsOf(caller, { invokeId: InvokeId }), []);
});

test('an account keeps so many commands, and has so many runs under way', async () => {
  const caller = await world.caller();
  const { accountId } = caller;
  const { database } = world.world.parts;
  const [row] = await (async () => {
    await create(caller);
    return database.read.selectFrom('commands').selectAll().where('accountId', '=', accountId).execute();
  })();
  await database.write(async (tx) => {
    for (let had = 1; had < quotas.commands; had++)
      await tx
        .insertInto('commands')
        .values({ ...row!, id: `c-${accountId}-${had}` })
        .execute();
  });
  await world.refuses('CmdCount.ExceedQuota', 403, () => create(caller));
  const ids = [];
  for (let at = 0; at < 60; at++) {
    ids.push(await world.instance(caller));
    machines.running.add(ids[at]!);
  }
  const first = await run(caller, ids);
  const second = await run(caller, ids);
  const codes = (await resultsOf(caller, { invokeId: second['InvokeId'], pageSize: 50 })).map(
    ({ ErrorCode }) => ErrorCode,
  );
  const more = await resultsOf(caller, { invokeId: second['InvokeId'], pageSize: 50, pageNumber: 2 });
  const all = [...codes, ...more.map(({ ErrorCode }) => ErrorCode)];
  assert.equal(all.filter((code) => code === 'TaskConcurrencyLimit').length, 2 * 60 - quotas.unfinishedRuns);
  for (const invokeId of [first['InvokeId'], second['InvokeId']]) await caller.ecs('StopInvocation', { invokeId });
  await settled();
  const left = await resultsOf(caller, { invokeId: first['InvokeId'], invokeRecordStatus: 'Stopped', pageSize: 50 });
  assert.equal(left.length, 50);
});

test('a guest whose agent does not answer is given up after a minute, and a run can be stopped before', async () => {
  const caller = await world.caller();
  const instanceId = await world.instance(caller);
  machines.running.add(instanceId);
  const statusOf = async (invokeId: string) => (await resultsOf(caller, { invokeId }))[0]!;
  const stopped = await run(caller, [instanceId]);
  assert.equal((await statusOf(stopped['InvokeId']))['InvocationStatus'], 'Pending');
  await caller.ecs('StopInvocation', { invokeId: stopped['InvokeId'], instanceId: [instanceId] });
  await until(async () => (await statusOf(stopped['InvokeId']))['InvocationStatus'] === 'Cancelled');
  const late = await run(caller, [instanceId]);
  world.world.advance(60_000);
  await settled();
  assert.partialDeepStrictEqual(await statusOf(late['InvokeId']), {
    InvocationStatus: 'Aborted',
    ErrorCode: 'ClientNotRunning',
    Repeats: 0,
  });
});

test('runs are forgotten after four weeks', async () => {
  const caller = await world.caller();
  const instanceId = await world.instance(caller);
  const { InvokeId } = await run(caller, [instanceId]);
  await settled();
  world.world.advance(29 * 24 * 3600_000);
  const later = await run(caller, [instanceId]);
  await settled();
  const left = (await caller.ecs('DescribeInvocations'))['Invocations'].Invocation;
  assert.deepEqual(idsOf(left, 'InvokeId'), [later['InvokeId']]);
  assert.deepEqual(await resultsOf(caller, { invokeId: InvokeId }), []);
});
