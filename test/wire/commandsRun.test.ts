import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { startAgent, type GuestAgent } from '../fakes/guestAgent.ts';
import { createMachines, type FakeMachines } from '../fakes/machines.ts';
import { until } from '../until.ts';
import { createNetworkWorld, type Body, type Caller, type NetworkWorld } from './networkWorld.ts';

/** Commands that really run, by the real agent: this machine stands in for the guest. */

const username = userInfo().username;
let folder: string;
let guest: GuestAgent;
let machines: FakeMachines;
let world: NetworkWorld;
let caller: Caller;
let instanceId: string;
before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tongjing-guest-'));
  guest = await startAgent();
  machines = createMachines({ agentSocket: async (id) => (machines.running.has(id) ? guest.socketPath : null) });
  world = await createNetworkWorld({ machines });
  caller = await world.caller();
  instanceId = await world.instance(caller, { name: 'the guest' });
  machines.running.add(instanceId);
});
after(async () => {
  await world[Symbol.asyncDispose]();
  await guest[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

const settled = () => world.world.settled();
const base64 = (text: string) => Buffer.from(text).toString('base64');

async function run(commandContent: string, of: object = {}): Promise<string> {
  const asked = { type: 'RunShellScript', commandContent, instanceId: [instanceId], workingDir: folder, username };
  return (await caller.ecs('RunCommand', { ...asked, ...of }))['InvokeId'];
}

async function resultsOf(invokeId: string, of: object = {}): Promise<Body[]> {
  const asked = { invokeId, contentEncoding: 'PlainText', ...of };
  return (await caller.ecs('DescribeInvocationResults', asked))['Invocation'].InvocationResults.InvocationResult;
}

async function resultOf(commandContent: string, of: object = {}): Promise<Body> {
  const invokeId = await run(commandContent, of);
  await settled();
  const [result] = await resultsOf(invokeId);
  return result!;
}

test('a command runs, and its output and its exit code come back', async () => {
  assert.partialDeepStrictEqual(await resultOf('echo héllo; echo there >&2; pwd'), {
    InstanceId: instanceId,
    InvocationStatus: 'Success',
    InvokeRecordStatus: 'Finished',
    ExitCode: 0,
    Output: `héllo\nthere\n${folder}\n`,
    Dropped: 0,
    ErrorCode: '',
    ErrorInfo: '',
    Username: username,
  });
  assert.partialDeepStrictEqual(await resultOf('exit 3'), {
    InvocationStatus: 'Failed',
    InvokeRecordStatus: 'Finished',
    ExitCode: 3,
    ErrorCode: 'ExitCodeNonzero',
  });
  const python = await resultOf(base64('#!/usr/bin/env bash\n[[ a == a ]] && echo bash'), {
    contentEncoding: 'Base64',
  });
  assert.equal(python['Output'], 'bash\n');
});

test('what a guest sends is given as Base64 unless text is asked for, and no more than 24 KiB of it', async () => {
  const html = '<script>alert(1)</script>\x1b[2J\x00\xff';
  const octal = [...Buffer.from(html, 'latin1')].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('');
  const invokeId = await run(`printf '${octal}'`);
  await settled();
  const [result] = await resultsOf(invokeId, { contentEncoding: 'Base64' });
  assert.deepEqual(Buffer.from(result!['Output'], 'base64'), Buffer.from(html, 'latin1'));
  const long = await resultOf('head -c 100000 /dev/zero | tr "\\000" x');
  assert.deepEqual([long['Output'].length, long['Dropped']], [24 * 1024, 100_000 - 24 * 1024]);
});

test('a command that is kept runs again, with its parameters in place', async () => {
  const content = 'echo {{ greeting }} {{who}} {{ACS::InstanceId}} {{ACS::InstanceName}} {{ACS::RegionId}}';
  const made = { name: 'greet', type: 'RunShellScript', commandContent: base64(content), enableParameter: true };
  const { CommandId: commandId } = await caller.ecs('CreateCommand', { ...made, workingDir: folder });
  const parameters = { greeting: 'hello', WHO: '"$(id)"' };
  const { InvokeId } = await caller.ecs('InvokeCommand', {
    commandId,
    instanceId: [instanceId],
    username,
    parameters: { ...parameters, WHO: 'you' },
  });
  await settled();
  const [result] = await resultsOf(InvokeId);
  assert.equal(result!['Output'], `hello you ${instanceId} the guest cn-hangzhou\n`);
  const asked = { invokeId: InvokeId, includeOutput: true, contentEncoding: 'PlainText' };
  const [invocation] = (await caller.ecs('DescribeInvocations', asked))['Invocations'].Invocation;
  assert.partialDeepStrictEqual(invocation, {
    CommandId: commandId,
    CommandName: 'greet',
    CommandContent: 'echo hello you {{ACS::InstanceId}} {{ACS::InstanceName}} {{ACS::RegionId}}',
    Parameters: JSON.stringify({ greeting: 'hello', WHO: 'you' }),
    InvocationStatus: 'Success',
    InvokeStatus: 'Finished',
    RepeatMode: 'Once',
    InvokeInstances: {
      InvokeInstance: [{ InstanceId: instanceId, Output: result!['Output'], InvocationStatus: 'Success' }],
    },
  });
  const [command] = (await caller.ecs('DescribeCommands', { commandId }))['Commands'].Command;
  assert.partialDeepStrictEqual(command, { InvokeTimes: 1, ParameterNames: { ParameterName: ['greeting', 'who'] } });
});

test('a command that takes too long is ended, with all that it started', async () => {
  const mark = join(folder, 'began');
  const invokeId = await run(`echo before; sleep 1000 & touch ${mark}; wait`, {
    timeout: 10,
    terminationMode: 'ProcessTree',
  });
  await until(() => existsSync(mark));
  assert.equal((await resultsOf(invokeId))[0]!['InvocationStatus'], 'Running');
  world.world.advance(10_000);
  await settled();
  assert.partialDeepStrictEqual((await resultsOf(invokeId))[0], {
    InvocationStatus: 'Timeout',
    InvokeRecordStatus: 'Failed',
    ErrorCode: 'ExecutionTimeout',
    Output: 'before\n',
  });
});

test('a command that is stopped is ended; what is over stays as it is', async () => {
  const mark = join(folder, 'running');
  const invokeId = await run(`echo before; touch ${mark}; exec sleep 1000`);
  await until(() => existsSync(mark));
  await caller.ecs('StopInvocation', { invokeId });
  await settled();
  const [stopped] = await resultsOf(invokeId);
  assert.partialDeepStrictEqual(stopped, {
    InvocationStatus: 'Terminated',
    InvokeRecordStatus: 'Stopped',
    Output: 'before\n',
  });
  assert.notEqual(stopped!['StopTime'], '');
  await caller.ecs('StopInvocation', { invokeId });
  assert.deepEqual((await resultsOf(invokeId))[0], stopped);
});

test('why a command does not run is said', async () => {
  assert.partialDeepStrictEqual(await resultOf('id', { username: 'nobody-here' }), {
    InvocationStatus: 'Error',
    ErrorCode: 'AccountNotExists',
    ErrorInfo: 'the specified account does not exists',
  });
  const nowhere = await resultOf('id', { workingDir: join(folder, 'nowhere') });
  assert.deepEqual([nowhere['InvocationStatus'], nowhere['ErrorCode']], ['Error', 'DirectoryNotExists']);
});

test('a file is sent, with its owner and its mode, and replaces another only where it may', async () => {
  const group = process.getgid?.() === 0 ? 'root' : username;
  const file = {
    name: 'a file; rm -rf $HOME',
    targetDir: join(folder, 'new', 'place'),
    fileOwner: username,
    fileGroup: group,
  };
  const send = async (of: object = {}) => {
    const asked = { ...file, content: 'héllo', fileMode: '0640', instanceId: [instanceId], ...of };
    const { InvokeId } = await caller.ecs('SendFile', asked);
    await settled();
    const [sent] = (await caller.ecs('DescribeSendFileResults', { invokeId: InvokeId }))['Invocations'].Invocation;
    return sent as Body;
  };
  const path = join(file.targetDir, file.name);
  assert.partialDeepStrictEqual(await send(), {
    Name: file.name,
    Content: 'héllo',
    ContentType: 'PlainText',
    FileMode: '0640',
    Overwrite: 'false',
    VmCount: 1,
    InvocationStatus: 'Success',
    InvokeInstances: { InvokeInstance: [{ InstanceId: instanceId, InvocationStatus: 'Success', ErrorCode: '' }] },
  });
  assert.equal(readFileSync(path, 'utf8'), 'héllo');
  assert.equal(statSync(path).mode & 0o777, 0o640);
  const [again] = (await send({ content: 'other' }))['InvokeInstances'].InvokeInstance;
  assert.deepEqual([again.InvocationStatus, again.ErrorCode], ['Failed', 'FileAlreadyExists']);
  assert.equal(readFileSync(path, 'utf8'), 'héllo');
  const replaced = await send({ content: base64('\x00\x01'), contentType: 'Base64', overwrite: true });
  assert.equal(replaced['InvocationStatus'], 'Success');
  assert.deepEqual(readFileSync(path), Buffer.of(0, 1));
  const [nobodys] = (await send({ fileOwner: 'nobody-here', name: 'b' }))['InvokeInstances'].InvokeInstance;
  assert.equal(nobodys.ErrorCode, 'AccountNotExists');
});

test('whether an agent answers is known', async () => {
  const off = await world.instance(caller, { status: 'Stopped' });
  const silent = await world.instance(caller);
  const statusOf = async () => {
    const ids = { instanceId: [instanceId, off, silent] };
    const set = (await caller.ecs('DescribeCloudAssistantStatus', ids))['InstanceCloudAssistantStatusSet'];
    return new Map((set.InstanceCloudAssistantStatus as Body[]).map((each) => [each['InstanceId'], each]));
  };
  // It has a few seconds to answer, which a busy machine may take.
  await until(async () => (await statusOf()).get(instanceId)!['CloudAssistantStatus'] === 'true');
  const statuses = await statusOf();
  assert.match(statuses.get(instanceId)!['CloudAssistantVersion'], /^\d/);
  assert.ok(statuses.get(instanceId)!['InvocationCount'] > 0);
  for (const id of [off, silent]) {
    assert.partialDeepStrictEqual(statuses.get(id), {
      CloudAssistantStatus: 'false',
      CloudAssistantVersion: '',
      OSType: 'Linux',
    });
  }
});

test('a run on several instances is told of each, and of the whole', async () => {
  const off = await world.instance(caller, { status: 'Stopped' });
  const silent = await world.instance(caller);
  const invokeId = await run('echo done', { instanceId: [instanceId, off, silent] });
  await settled();
  const of = new Map((await resultsOf(invokeId)).map((result) => [result['InstanceId'], result]));
  assert.deepEqual(
    [instanceId, off, silent].map((id) => [of.get(id)!['InvocationStatus'], of.get(id)!['ErrorCode']]),
    [
      ['Success', ''],
      ['Aborted', 'InstanceNotRunning'],
      ['Aborted', 'ClientNotRunning'],
    ],
  );
  const [whole] = (await caller.ecs('DescribeInvocations', { invokeId }))['Invocations'].Invocation;
  assert.deepEqual([whole.InvocationStatus, whole.InvokeStatus], ['PartialFailed', 'PartialFailed']);
});
