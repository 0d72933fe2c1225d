import assert from 'node:assert/strict';
import { Agent, get, request, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { silentLog } from '../base/log.ts';
import type { Answer } from './envelope.ts';
import type { Limits } from './limits.ts';
import { listen } from './listen.ts';
import type { Received } from './receive.ts';

const start = (answer: (received: Received) => Promise<Answer>) =>
  listen({
    host: '127.0.0.1',
    port: 0,
    limits: { headBytes: 65_536, connections: 10 } as Limits,
    tls: {},
    log: silentLog,
    answer,
    screens: { wants: () => false, open: async () => {} },
  });

test('a stop answers what is under way and waits for no connection after that', { timeout: 5_000 }, async () => {
  const arrived = Promise.withResolvers<void>();
  const answered = Promise.withResolvers<Answer>();
  const listener = await start(() => {
    arrived.resolve();
    return answered.promise;
  });
  using agent = keepAlive();
  const response = new Promise<IncomingMessage>((resolve) => {
    get({ port: listener.port, host: '127.0.0.1', agent }, resolve);
  });
  await arrived.promise;
  const stopped = listener[Symbol.asyncDispose]();
  answered.resolve({ status: 200, code: '', headers: {}, body: 'still here' });
  const { headers } = (await response).resume();
  assert.equal(headers.connection, 'close');
  await stopped;
});

test('a stop does not wait for the connection of an answer that was on its way', { timeout: 5_000 }, async () => {
  const sent = Promise.withResolvers<void>();
  const body = async function* () {
    yield Buffer.from('whole');
    // The client has it all, and the answer is not over yet.
    await sent.promise;
  };
  const listener = await start(async () => ({
    status: 200,
    code: '',
    headers: { 'content-length': '5' },
    body: body(),
  }));
  using agent = keepAlive();
  const response = await new Promise<IncomingMessage>((resolve) => {
    get({ port: listener.port, host: '127.0.0.1', agent }, resolve);
  });
  assert.equal(await text(response), 'whole');
  const stopped = listener[Symbol.asyncDispose]();
  sent.resolve();
  await stopped;
});

test('who waits to be told sends its body when it is wanted, and not when it is refused', async () => {
  await using listener = await start(async ({ path, body }) => {
    const status = path === '/refused' ? 403 : 200;
    return { status, code: '', headers: {}, body: status === 200 ? String(await body(100)) : 'no' };
  });
  async function send(path: string) {
    const sending = request({ port: listener.port, host: '127.0.0.1', path, method: 'PUT', agent: false });
    sending.setHeader('expect', '100-continue').setHeader('content-length', 5);
    let isTold = false;
    sending.once('continue', () => {
      isTold = true;
      sending.end('whole');
    });
    const response = new Promise<IncomingMessage>((resolve) => sending.once('response', resolve));
    sending.flushHeaders();
    const answer = await text(await response);
    sending.destroy();
    return [isTold, answer];
  }
  assert.deepEqual(await send('/taken'), [true, 'whole']);
  assert.deepEqual(await send('/refused'), [false, 'no']);
});

function keepAlive(): Agent & Disposable {
  const agent = new Agent({ keepAlive: true });
  return Object.assign(agent, { [Symbol.dispose]: () => agent.destroy() });
}
