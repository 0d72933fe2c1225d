import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { test, type TestContext } from 'node:test';
import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { silentLog } from '../../base/log.ts';
import type { GuestFacts } from './facts.ts';
import { openMetadata } from './metadata.ts';

const facts: GuestFacts = {
  instanceId: 'i-1',
  accountId: '1000',
  regionId: 'cn-hangzhou',
  zoneId: 'cn-hangzhou-h',
  imageId: 'm-1',
  instanceType: 'ecs.g6.large',
  hostName: 'mirror',
  serialNumber: 'serial',
  networkInterfaceId: 'eni-1',
  macAddress: '00:16:3e:00:00:01',
  privateIp: '172.16.1.7',
  publicIp: '127.64.0.1',
  vpcId: 'vpc-1',
  vpcCidrBlock: '172.16.0.0/16',
  vSwitchId: 'vsw-1',
  vSwitchCidrBlock: '172.16.1.0/24',
  publicKey: 'ssh-ed25519 AAAA alice',
  passwordHash: '$6$salt$hash',
  userData: Buffer.from('#!/bin/sh\n'),
  ramRoleName: 'Builder',
  httpEndpoint: 'enabled',
  httpTokens: 'optional',
  httpHopLimit: 1,
};
const START = Date.UTC(2026, 0, 1);

/** The service over TCP, each connection one of `guestOf()`'s. */
async function serve(context: TestContext, change: Partial<GuestFacts> = {}) {
  const state = { now: START, guest: 'i-1' };
  const credentials = {
    accessKeyId: 'STS.id',
    accessKeySecret: 'secret',
    securityToken: 'token',
    issuedAt: START,
    expiresAt: START + 3_600_000,
  };
  const metadata = openMetadata(
    {
      facts: async (instanceId) => (instanceId === 'i-gone' ? null : { ...facts, ...change, instanceId }),
      credentials: async () => credentials,
    },
    { now: () => state.now, log: silentLog },
  );
  const server = createServer((socket) => metadata.serve(state.guest, socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  context.after(() => {
    metadata[Symbol.dispose]();
    server.close();
  });
  const { port } = server.address() as { port: number };
  const ask = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
    new Promise<{ status: number; body: string }>((resolve, reject) => {
      const asked = request({ port, path, method, headers, agent: false }, (response) => {
        text(response).then((body) => resolve({ status: response.statusCode!, body }), reject);
      });
      asked.once('error', reject).end();
    });
  const token = async (seconds = '60') =>
    (await ask('/latest/api/token', { 'x-aliyun-ecs-metadata-token-ttl-seconds': seconds }, 'PUT')).body;
  return { ask, token, state };
}

test('a guest reads its own instance, as a tree', async (context) => {
  const { ask, state } = await serve(context);
  const body = async (path: string) => (await ask(path)).body;
  assert.equal(await body('/latest/meta-data/instance-id'), 'i-1');
  assert.equal(await body('/2016-01-01/meta-data/hostname'), 'mirror');
  assert.equal(await body('/latest/meta-data/public-keys/0/openssh-key'), 'ssh-ed25519 AAAA alice\n');
  assert.match(await body('/latest/meta-data/'), /^instance-id$/m);
  assert.match(await body('/latest/meta-data/'), /^network\/$/m);
  assert.equal(await body('/latest/user-data'), '#!/bin/sh\n');
  assert.match(await body('/latest/vendor-data'), /"password":"\$6\$salt\$hash"/);
  assert.equal(JSON.parse(await body('/latest/meta-data/ram/security-credentials/Builder')).AccessKeySecret, 'secret');
  assert.equal(JSON.parse(await body('/latest/dynamic/instance-identity/document'))['instance-id'], 'i-1');
  // Who asks is known by the connection, whatever it says.
  state.guest = 'i-2';
  assert.equal((await ask('/latest/meta-data/instance-id', { 'x-instance-id': 'i-1', host: 'i-1' })).body, 'i-2');
});

test('what there is not is not found, and the service can be switched off', async (context) => {
  const { ask, state } = await serve(context, { userData: null, ramRoleName: null });
  for (const path of ['/latest/user-data', '/latest/meta-data/none', '/1999/meta-data/', '/latest/meta-data/ram/']) {
    assert.equal((await ask(path)).status, 404, path);
  }
  assert.equal((await ask('/latest/meta-data/%zz')).status, 400);
  assert.equal((await ask('/latest/meta-data/', {}, 'POST')).status, 405);
  state.guest = 'i-gone';
  assert.equal((await ask('/latest/meta-data/instance-id')).status, 404);
  const off = await serve(context, { httpEndpoint: 'disabled' });
  assert.equal((await off.ask('/latest/meta-data/instance-id')).status, 403);
});

test('where tokens are required, one of this guest’s own that still lasts is', async (context) => {
  const { ask, token, state } = await serve(context, { httpTokens: 'required' });
  const read = async (given?: string) =>
    (await ask('/latest/meta-data/instance-id', given === undefined ? {} : { 'x-aliyun-ecs-metadata-token': given }))
      .status;
  const own = await token('60');
  assert.equal(await read(), 401);
  assert.equal(await read('made-up'), 401);
  assert.equal(await read(own), 200);
  state.guest = 'i-2';
  assert.equal(await read(own), 401);
  state.guest = 'i-1';
  state.now += 60_000;
  assert.equal(await read(own), 401);
});

test('a token is given for 1 to 21600 seconds, to nobody behind a proxy', async (context) => {
  const { ask } = await serve(context);
  const put = async (headers: Record<string, string>, method = 'PUT') =>
    (await ask('/latest/api/token', headers, method)).status;
  const ttl = 'x-aliyun-ecs-metadata-token-ttl-seconds';
  assert.equal(await put({ [ttl]: '21600' }), 200);
  for (const seconds of ['0', '21601', '-1', 'x']) assert.equal(await put({ [ttl]: seconds }), 400, seconds);
  assert.equal(await put({}), 400);
  assert.equal(await put({ [ttl]: '60', 'x-forwarded-for': '10.0.0.1' }), 403);
  assert.equal(await put({ [ttl]: '60' }, 'GET'), 405);
});
