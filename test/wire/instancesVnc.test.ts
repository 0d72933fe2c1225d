import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { get, type IncomingMessage } from 'node:http';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { WebSocket } from 'ws';
import { createMachines } from '../fakes/machines.ts';
import { createNetworkWorld } from './networkWorld.ts';

const ACTIONS: [string, object][] = [
  ['DescribeInstanceVncUrl', {}],
  ['ModifyInstanceVncPasswd', { vncPassword: 'Mirror' }],
];

/** A screen that says back what it is told. */
async function openEcho(context: TestContext): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'tongjing-screen-'));
  const server: Server = createServer((socket) => socket.on('error', () => {}).pipe(socket));
  server.listen(join(folder, 'vnc.sock'));
  await once(server, 'listening');
  context.after(() => {
    server.close();
    rmSync(folder, { recursive: true });
  });
  return join(folder, 'vnc.sock');
}

/** How opening the WebSocket ends: the socket, or the status that refuses it. */
function open(url: string, origin?: string, protocols: string[] = []): Promise<WebSocket | number> {
  const socket = new WebSocket(url, protocols, { ...(origin !== undefined && { origin }) });
  return new Promise((resolve, reject) => {
    socket.once('open', () => resolve(socket)).once('error', reject);
    socket.once('unexpected-response', (_, { statusCode = 0 }: IncomingMessage) => {
      socket.on('error', () => {}).terminate();
      resolve(statusCode);
    });
  });
}

test('the URL of a screen leads a WebSocket to it, once, and no page of another origin', async (context) => {
  const path = await openEcho(context);
  const machines = createMachines({ driver: 'qemu', vncSocket: async () => path });
  await using world = await createNetworkWorld({ machines });
  const caller = await world.caller();
  const instanceId = await world.instance(caller);
  const ask = async () => String((await caller.ecs('DescribeInstanceVncUrl', { instanceId }))['VncUrl']);
  const host = new URL(world.world.endpoint).host;
  const url = await ask();
  assert.match(url, new RegExp(`^ws://${host}/vnc\\?token=[\\w-]{32}$`));

  assert.equal(await open(url, 'https://evil.example'), 403);
  assert.equal(await open(url, 'null'), 403);
  assert.equal(await open(`${url}x`), 403);
  assert.equal(await open(`ws://${host}/vnc`), 403);

  const socket = await open(url, `http://${host}`, ['binary']);
  assert.ok(socket instanceof WebSocket);
  assert.equal(socket.protocol, 'binary');
  const said = Buffer.alloc(300_000, 'RFB 003.008\n');
  const heard: Buffer[] = [];
  const whole = Promise.withResolvers<void>();
  socket.on('message', (piece: Buffer) => {
    heard.push(piece);
    if (Buffer.concat(heard).length >= said.length) whole.resolve();
  });
  socket.send(said);
  await whole.promise;
  assert.deepEqual(Buffer.concat(heard), said);
  assert.equal(await open(url), 403, 'a second time');
  const closed = once(socket, 'close');
  socket.close();
  await closed;

  const local = await open(await ask(), 'http://localhost:6080');
  assert.ok(local instanceof WebSocket, 'a viewer that is served on this machine');
  const gone = once(local, 'close');
  local.send(Buffer.alloc(2 * 1024 * 1024));
  await gone;
  const last = await open(await ask());
  assert.ok(last instanceof WebSocket);
  const ended = once(last, 'close');
  await world[Symbol.asyncDispose]();
  await ended;
});

test('other upgrades, and other paths, are requests like any other', async () => {
  await using world = await createNetworkWorld();
  for (const [path, Upgrade] of [
    ['/vnc', 'h2c'],
    ['/', 'websocket'],
  ] as const) {
    const asked = get(new URL(path, world.world.endpoint), { headers: { Connection: 'Upgrade', Upgrade } });
    const [response] = (await once(asked, 'response')) as [IncomingMessage];
    assert.ok([400, 404].includes(response.statusCode!), `${path}: ${response.statusCode}`);
    response.resume();
    await once(response, 'end');
  }
});

test('screens and their passwords are their owner’s', async () => {
  const machines = createMachines({ driver: 'qemu' });
  await using world = await createNetworkWorld({ machines });
  const caller = await world.caller();
  const other = await world.caller();
  const instanceId = await world.instance(caller);
  for (const [action, more] of ACTIONS) {
    await world.refuses('InvalidInstanceId.NotFound', 404, () => other.ecs(action, { instanceId, ...more }));
    await world.refuses('InvalidRegionId.NotFound', 404, () =>
      caller.ecs(action, { instanceId, ...more, regionId: 'xx-nowhere' }),
    );
  }
  const away = { instanceId, regionId: 'cn-beijing' };
  await world.refuses('InvalidRegionInstance', 400, () => caller.ecs('DescribeInstanceVncUrl', away));
  const set = (of: object) => caller.ecs('ModifyInstanceVncPasswd', { instanceId, vncPassword: 'Mirror', ...of });
  await world.refuses('InvalidInstanceId.NotFound', 404, () => set(away));
  for (const vncPassword of ['Mirro', 'Mirrors', 'Mirr-r', 'Mirró1', 'Mirr\n1']) {
    await world.refuses('IncorrectVncPassword.Malformed', 400, () => set({ vncPassword }));
  }
  const stopped = await world.instance(caller, { status: 'Stopped' });
  await world.refuses('IncorrectInstanceStatus', 403, () =>
    caller.ecs('DescribeInstanceVncUrl', { instanceId: stopped }),
  );
  // No machine runs it, whatever the reason.
  await world.refuses('InstanceNotReady', 403, () => caller.ecs('DescribeInstanceVncUrl', { instanceId }));
});

test('where instances do not boot there is no screen, and the password is kept', async () => {
  await using world = await createNetworkWorld();
  const caller = await world.caller();
  const instanceId = await world.instance(caller);
  await world.refuses('InstanceNotReady', 403, () => caller.ecs('DescribeInstanceVncUrl', { instanceId }));
  await caller.ecs('ModifyInstanceVncPasswd', { instanceId, vncPassword: 'Mirr0r' });
  const { database } = world.world.parts;
  const row = await database.read.selectFrom('instances').select('vncPassword').executeTakeFirstOrThrow();
  assert.equal(row.vncPassword, 'Mirr0r');
});
