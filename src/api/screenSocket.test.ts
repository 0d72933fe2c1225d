import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { connect, createServer as createScreen, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { WebSocket } from 'ws';
import { silentLog } from '../base/log.ts';
import { createScreenSockets, SCREEN_PATH } from './screenSocket.ts';

test('a viewer that is gone without a word is dropped, and its screen let go; one that looks on in silence stays', async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'tongjing-screen-'));
  context.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'vnc.sock');
  const screen = createScreen((socket) => socket.on('error', () => {}).resume()).listen(path);
  const sockets = createScreenSockets(async () => path, silentLog, 50);
  const server = createServer().on('upgrade', sockets.open).listen(0, '127.0.0.1');
  await Promise.all([once(screen, 'listening'), once(server, 'listening')]);
  context.after(() => [screen, server].forEach((one) => one.close()));
  const { port } = server.address() as AddressInfo;

  const looker = new WebSocket(`ws://127.0.0.1:${port}${SCREEN_PATH}`);
  await Promise.all([once(looker, 'open'), once(screen, 'connection')]);
  const onScreen = once(screen, 'connection');
  const gone = connect(port, '127.0.0.1');
  gone.write(
    `GET ${SCREEN_PATH} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n`,
  );
  const [its] = await onScreen;
  // It takes what comes, and answers nothing.
  gone.resume();
  await Promise.all([once(gone, 'close'), once(its, 'close')]);
  for (let pings = 0; pings < 3; pings++) await once(looker, 'ping');
  assert.equal(looker.readyState, WebSocket.OPEN);
  looker.terminate();
});
