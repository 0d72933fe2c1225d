import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { test } from 'node:test';
import { startAgent, startImpostor } from '../../../test/fakes/guestAgent.ts';
import { until } from '../../../test/until.ts';
import { createAgents, type Agents, type Exit } from './agents.ts';
import { exchange } from './channel.ts';

const echo = { path: '/bin/sh', args: ['-c', 'cat; echo $1 >&2; exit 7', 'echo', 'words'], input: Buffer.from('hé\0') };

async function ended(agents: Agents, pid: number): Promise<Exit> {
  let exit: Exit | null = null;
  await until(async () => (exit = await agents.exitOf('i-1', pid)) !== null);
  return exit!;
}

test('the real agent runs a program and tells once how it ended', async () => {
  await using guest = await startAgent();
  const agents = createAgents({ agentSocket: async () => guest.socketPath });
  let version: string | null = null;
  // It has a few seconds to answer, which a busy machine may take.
  await until(async () => (version = await agents.version('i-1')) !== null);
  assert.match(version!, /^\d+\.\d+/);
  const pid = await agents.start('i-1', echo);
  const exit = await ended(agents, pid);
  assert.deepEqual(exit, { code: 7, output: echo.input, words: 'words\n' });
  await assert.rejects(agents.exitOf('i-1', pid), { code: 'AgentRefused' });
  const killed = await agents.start('i-1', { path: '/bin/sh', args: ['-c', 'kill -9 $$'], input: Buffer.alloc(0) });
  assert.equal((await ended(agents, killed)).code, 128 + 9);
  await assert.rejects(agents.start('i-1', { ...echo, path: '/no/such' }), { code: 'AgentRefused' });
});

test('what is asked of one agent at once is asked in turn', async () => {
  await using guest = await startAgent();
  const agents = createAgents({ agentSocket: async () => guest.socketPath });
  const pids = await Promise.all(Array.from({ length: 8 }, () => agents.start('i-1', echo)));
  assert.equal(new Set(pids).size, 8);
});

test('a machine that does not run, and one without an agent, have none', async () => {
  assert.equal(await createAgents({ agentSocket: async () => null }).version('i-1'), null);
  const agents = createAgents({ agentSocket: async () => '/nowhere/agent.sock' });
  assert.equal(await agents.version('i-1'), null);
  await assert.rejects(agents.start('i-1', echo), { code: 'AgentSilent' });
});

/** Answers the sync as an agent does, and then this. */
const afterSync = (answer: string | Buffer) => (line: string, socket: Socket) => {
  const at = line.indexOf('{');
  const { execute, arguments: args } = JSON.parse(line.slice(at)) as { execute: string; arguments: { id: number } };
  if (execute !== 'guest-sync-delimited') return void socket.write(answer);
  socket.write(Buffer.concat([Buffer.from('{"return": "late"}\nrubbish\n'), Buffer.of(0xff)]));
  socket.write(`{"return": ${args.id}}\n`);
};

const HOSTILE: readonly (readonly [string, (line: string, socket: Socket) => void, string])[] = [
  ['says nothing', () => {}, 'AgentSilent'],
  ['hangs up', (_, socket) => void socket.end(), 'AgentSilent'],
  [
    'syncs to something else',
    (_, socket) => void socket.write(Buffer.from('\xff{"return": 1}\n', 'latin1')),
    'AgentSilent',
  ],
  ['never ends its line', (_, socket) => void socket.write('x'.repeat(1024 * 1024)), 'AgentBabbles'],
  ['answers no JSON', afterSync('<script>\x1b[2J\n'), 'AgentBabbles'],
  ['answers a number', afterSync('7\n'), 'AgentBabbles'],
  ['answers neither way', afterSync('{"error": {"desc": 5}}\n'), 'AgentBabbles'],
  ['answers without end', afterSync(`{"return": "${'y'.repeat(1024 * 1024)}`), 'AgentBabbles'],
];

for (const [what, hear, code] of HOSTILE) {
  test(`a guest that ${what} is found out`, async () => {
    await using guest = await startImpostor(hear);
    const { socketPath } = guest;
    const timeoutMs = code === 'AgentSilent' ? 300 : 60_000;
    await assert.rejects(exchange({ socketPath, command: 'guest-info', args: {}, timeoutMs }), { code });
  });
}

test("a guest's words are shown as they can be", async () => {
  await using guest = await startImpostor(afterSync('{"error": {"desc": "no \\u001b[31m<b>\\n"}}\n'));
  const { socketPath } = guest;
  await assert.rejects(exchange({ socketPath, command: 'guest-info', args: {}, timeoutMs: 60_000 }), {
    code: 'AgentRefused',
    message: 'The agent refused: no ?[31m<b>?',
  });
});

test('answers of another shape are no answers', async () => {
  const ask = async (answer: string) => {
    await using guest = await startImpostor(afterSync(answer));
    const agents = createAgents({ agentSocket: async () => guest.socketPath });
    const outcome = await agents.exitOf('i-1', 1).catch((error: { code: string }) => error.code);
    return [
      await agents.version('i-1'),
      outcome,
      await agents.start('i-1', echo).catch((error: { code: string }) => error.code),
    ];
  };
  assert.deepEqual(await ask('{"return": null}\n'), [null, 'AgentBabbles', 'AgentBabbles']);
  assert.deepEqual(await ask('{"return": {"version": "<b>", "pid": "1"}}\n'), ['unknown', null, 'AgentBabbles']);
  const [, exit] = await ask('{"return": {"exited": true, "exitcode": 1e9, "out-data": 5, "err-data": "%%"}}\n');
  assert.deepEqual(exit, { code: 1, output: Buffer.alloc(0), words: '' });
});
