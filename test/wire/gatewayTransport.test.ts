import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { connect as connectTcp, type Socket } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { createConfig } from '../../src/config.ts';
import { createWorld, seededBytes, type World } from '../world.ts';
import { goRequest, send, v3Request, type RawAnswer, type RawRequest } from './rawClient.ts';

const limits = { ...createConfig({}).limits, connections: 64 };
let world: World;
let ca: string;
before(async () => {
  world = await createWorld({ config: { limits } });
  ca = readFileSync(join(world.dataDir, 'tls/ca.pem'), 'utf8');
});
after(() => world[Symbol.asyncDispose]());

const port = () => Number(new URL(world.endpoint).port);
const regions = () => goRequest(world.operator, { action: 'DescribeRegions' });

/** Over a socket that is connected already. */
function sendOver(socket: Socket, raw: RawRequest, host: string): Promise<RawAnswer> {
  return send(world.endpoint, { ...raw, headers: { ...raw.headers, host } }, { createConnection: () => socket });
}

async function tunnel(authority: string): Promise<{ status: number; socket: Socket }> {
  const request = httpRequest({ host: '127.0.0.1', port: port(), method: 'CONNECT', path: authority, agent: false });
  request.end();
  const [response, socket] = (await once(request, 'connect')) as [{ statusCode: number }, Socket];
  return { status: response.statusCode, socket };
}

/** What comes back for bytes of our own, until the other side closes. */
async function speak(text: string | Buffer): Promise<string> {
  const socket = connectTcp(port(), '127.0.0.1');
  socket.on('error', () => {});
  socket.write(text);
  let answer = '';
  socket.on('data', (piece: Buffer) => (answer += piece.toString('latin1')));
  await once(socket, 'close');
  return answer;
}

test('HTTPS on the same port, with a certificate of our own authority', async () => {
  const answer = await new Promise<number>((resolve, reject) => {
    const raw = regions();
    const request = httpsRequest(
      { host: '127.0.0.1', port: port(), path: raw.target, method: raw.method, headers: raw.headers, ca, agent: false },
      (response) => {
        response.resume();
        resolve(response.statusCode!);
      },
    );
    request.on('error', reject);
    request.end();
  });
  assert.equal(answer, 200);
});

test('the certificate names localhost, our address, and the cloud host that the client means', async () => {
  for (const [servername, name] of [
    ['localhost', 'DNS:localhost'],
    ['localhost', 'IP Address:127.0.0.1'],
    ['ecs-cn-hangzhou.aliyuncs.com', 'DNS:*.aliyuncs.com'],
    ['ecs.cn-shanghai.aliyuncs.com', 'DNS:ecs.cn-shanghai.aliyuncs.com'],
  ] as const) {
    const socket = connectTls({ host: '127.0.0.1', port: port(), servername, ca });
    await once(socket, 'secureConnect');
    assert.equal(socket.authorized, true);
    assert.ok(socket.getPeerCertificate().subjectaltname!.split(', ').includes(name), name);
    socket.destroy();
  }
});

test('the authority keeps its keys to itself', () => {
  assert.equal(statSync(join(world.dataDir, 'tls/ca.key')).mode & 0o777, 0o600);
  assert.equal(statSync(join(world.dataDir, 'tls/leaf.key')).mode & 0o777, 0o600);
});

test('an absolute-form request through HTTP_PROXY, as Packer sends them', async () => {
  const host = 'ecs-cn-hangzhou.aliyuncs.com';
  const raw = regions();
  const { status, json } = await send(world.endpoint, {
    ...raw,
    target: `http://${host}${raw.target}`,
    headers: { ...raw.headers, Host: host },
  });
  assert.equal(status, 200, JSON.stringify(json));
});

test('an absolute-form request to somebody else is not for us', async () => {
  const raw = regions();
  const { status, json } = await send(world.endpoint, {
    ...raw,
    target: `http://example.com${raw.target}`,
    headers: { ...raw.headers, Host: 'example.com' },
  });
  assert.deepEqual([status, json['Code']], [404, 'InvalidProduct.NotFound']);
});

for (const host of ['location-readonly.aliyuncs.com', 'ecs.cn-shanghai.aliyuncs.com']) {
  test(`CONNECT to ${host}:443 ends here, in TLS that the client trusts`, async () => {
    const { status, socket } = await tunnel(`${host}:443`);
    assert.equal(status, 200);
    const secure = connectTls({ socket, servername: host, ca });
    await once(secure, 'secureConnect');
    const answer = await sendOver(secure, v3Request(world.operator, world, { action: 'DescribeRegions', host }), host);
    assert.equal(answer.status, 200, answer.text);
  });
}

test('CONNECT to port 80 carries plain HTTP', async () => {
  const { status, socket } = await tunnel('ecs.aliyuncs.com:80');
  assert.equal(status, 200);
  assert.equal((await sendOver(socket, regions(), 'ecs.aliyuncs.com')).status, 200);
});

test('CONNECT to anything else is refused', async () => {
  const others = [
    'example.com:443',
    'aliyuncs.com.example.com:443',
    'ecs.aliyuncs.com:22',
    'ecs.aliyuncs.com',
    '127.0.0.1:22',
    'xaliyuncs.com:443',
    '.aliyuncs.com:443',
  ];
  for (const authority of others) {
    const answer = await speak(`CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n\r\n`);
    assert.match(answer, /^HTTP\/1\.1 403 /, authority);
  }
});

test('a tunnel in a tunnel is refused', async () => {
  const { socket } = await tunnel('ecs.aliyuncs.com:80');
  let answer = '';
  socket.on('data', (piece: Buffer) => (answer += piece.toString()));
  socket.write('CONNECT ecs.aliyuncs.com:443 HTTP/1.1\r\nHost: ecs.aliyuncs.com\r\n\r\n');
  await once(socket, 'close');
  assert.match(answer, /^HTTP\/1\.1 403 /);
});

test('random bytes, cut off at random, never end the service', async () => {
  const random = seededBytes(7);
  const openings = [
    '',
    'GET / HTTP/1.1\r\n',
    'POST /?Format=JSON HTTP/1.1\r\nHost: a\r\nContent-Length: 99\r\n\r\n',
    'CONNECT ecs.aliyuncs.com:443 HTTP/1.1\r\nHost: a\r\n\r\n',
    '\x16\x03\x01',
  ];
  for (let round = 0; round < 60; round++) {
    const socket = connectTcp(port(), '127.0.0.1').on('error', () => {});
    await once(socket, 'connect');
    socket.write(Buffer.concat([Buffer.from(openings[round % openings.length]!, 'latin1'), random(random(1)[0]!)]));
    if (round % 2 === 0) socket.resetAndDestroy();
    else socket.destroy();
    if (!socket.closed) await once(socket, 'close');
  }
  assert.equal((await send(world.endpoint, regions())).status, 200);
});

test('what is not HTTP is told so and let go', async () => {
  assert.match(await speak('NONSENSE\r\n\r\n'), /^HTTP\/1\.1 400 /);
  assert.match(
    await speak(`GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n`),
    /^HTTP\/1\.1 400 /,
  );
  assert.match(await speak(`GET /?a=${'b'.repeat(limits.headBytes)} HTTP/1.1\r\nHost: a\r\n\r\n`), /^HTTP\/1\.1 431 /);
  assert.doesNotMatch(await speak(Buffer.from([0x16, 0x03, 0x01, 0x00, 0x05, 0x01, 0x02, 0x03, 0x04, 0x05])), /HTTP/);
});

test('connections are kept alive', async () => {
  const socket = connectTcp(port(), '127.0.0.1');
  await once(socket, 'connect');
  let seen = '';
  socket.on('data', (piece: Buffer) => (seen += piece.toString()));
  for (let count = 1; count <= 3; count++) {
    const { target, headers } = regions();
    const head = Object.entries(headers)
      .map(([name, value]) => `${name}: ${value}\r\n`)
      .join('');
    socket.write(`POST ${target} HTTP/1.1\r\nHost: a\r\n${head}Content-Length: 0\r\n\r\n`);
    while (seen.split('HTTP/1.1 200').length <= count) await once(socket, 'data');
  }
  socket.destroy();
});

test('a body that breaks off harms nobody', async () => {
  const socket = connectTcp(port(), '127.0.0.1');
  await once(socket, 'connect');
  socket.write('POST /?Format=JSON HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nabc');
  socket.destroy();
  assert.equal((await send(world.endpoint, regions())).status, 200);
});

test('connections over the limit are turned away, the others served', async () => {
  const sockets = Array.from({ length: 80 }, () => connectTcp(port(), '127.0.0.1').on('error', () => {}));
  const closed = Promise.withResolvers<void>();
  let count = 0;
  for (const socket of sockets) socket.once('close', () => ++count === 80 - limits.connections && closed.resolve());
  await closed.promise;
  for (const socket of sockets) socket.destroy();
  await Promise.all(sockets.map((socket) => socket.closed || once(socket, 'close')));
  assert.equal((await send(world.endpoint, regions())).status, 200);
});

test('the service stops while connections are open: idle, silent, half said', async () => {
  const stopping = await createWorld();
  const [idle, silent, half] = Array.from({ length: 3 }, () =>
    connectTcp(Number(new URL(stopping.endpoint).port), '127.0.0.1').on('error', () => {}),
  );
  await Promise.all([idle, silent, half].map((socket) => once(socket!, 'connect')));
  idle!.write('GET /_tongjing/health HTTP/1.1\r\nHost: a\r\n\r\n');
  await once(idle!, 'data');
  const ends = [idle, silent].map((socket) => once(socket!.resume(), 'close'));
  half!.destroy();
  await stopping[Symbol.asyncDispose]();
  await Promise.all(ends);
});
