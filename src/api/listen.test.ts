import assert from 'node:assert/strict';
import { Agent, get, type IncomingMessage } from 'node:http';
import { test } from 'node:test';
import { silentLog } from '../base/log.ts';
import type { Answer } from './envelope.ts';
import type { Limits } from './limits.ts';
import { listen } from './listen.ts';

test('a stop answers what is under way and waits for no connection after that', { timeout: 5_000 }, async () => {
  const arrived = Promise.withResolvers<void>();
  const answered = Promise.withResolvers<Answer>();
  const listener = await listen({
    host: '127.0.0.1',
    port: 0,
    limits: { headBytes: 65_536, connections: 10 } as Limits,
    tls: {},
    log: silentLog,
    answer() {
      arrived.resolve();
      return answered.promise;
    },
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

function keepAlive(): Agent & Disposable {
  const agent = new Agent({ keepAlive: true });
  return Object.assign(agent, { [Symbol.dispose]: () => agent.destroy() });
}
