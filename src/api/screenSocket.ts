import type { IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createWebSocketStream, WebSocketServer, type WebSocket } from 'ws';
import type { Log } from '../base/log.ts';
import { isOurHost } from './proxy.ts';

/** Where DescribeInstanceVncUrl leads to. */
export const SCREEN_PATH = '/vnc';
/** What a viewer says at once: keys, the pointer, a clipboard. */
const MOST_MESSAGE_BYTES = 1024 * 1024;

/** A viewer that says nothing for so long, not even that it is there, is gone. */
const SILENCE_MS = 30_000;

export interface ScreenSockets {
  /** A WebSocket that asks for a screen; anything else is a request like any other. */
  wants(request: IncomingMessage): boolean;
  /** Answers 403 to pages of other origins and to tokens that open nothing; else leads the WebSocket's bytes to the screen, and back. */
  open(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void>;
}

/** RFB over WebSocket, as noVNC speaks it. `redeem`: the unix socket that a token is good for. `silenceMs` is for tests. */
export function createScreenSockets(
  redeem: (token: string) => Promise<string | null>,
  log: Log,
  silenceMs = SILENCE_MS,
): ScreenSockets {
  const server = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: MOST_MESSAGE_BYTES,
    // Older viewers ask for it.
    handleProtocols: (offered) => (offered.has('binary') ? 'binary' : false),
  });
  const pathOf = ({ url = '' }: IncomingMessage) => url.split('?', 1)[0];
  return {
    wants: (request) => request.headers.upgrade?.toLowerCase() === 'websocket' && pathOf(request) === SCREEN_PATH,
    async open(request, socket, head) {
      const refuse = () => socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
      if (!isOfUs(request)) return void refuse();
      const token = new URLSearchParams((request.url ?? '').slice(SCREEN_PATH.length)).get('token') ?? '';
      const path = await redeem(token);
      if (path === null) return void refuse();
      server.handleUpgrade(request, socket, head, (webSocket) => {
        const viewer = createWebSocketStream(webSocket);
        const screen = connect(path);
        dropSilent(webSocket, silenceMs);
        pipeline(viewer, screen, viewer).catch((error: unknown) => {
          log.debug({ err: error }, 'a viewer of a screen ended');
          screen.destroy();
          webSocket.terminate();
        });
      });
    },
  };
}

/** A viewer whose machine or network went away closes nothing: every one of them answers a ping. */
function dropSilent(webSocket: WebSocket, silenceMs: number): void {
  let isHeard = true;
  const hear = () => void (isHeard = true);
  webSocket.on('pong', hear).on('message', hear);
  const watch = setInterval(() => {
    if (!isHeard) return webSocket.terminate();
    isHeard = false;
    webSocket.ping();
  }, silenceMs);
  webSocket.once('close', () => clearInterval(watch));
}

/** Programs send no origin. Browsers do: a page of this service's host, or of this machine (a viewer that is served beside it). */
function isOfUs({ headers }: IncomingMessage): boolean {
  if (headers.origin === undefined) return true;
  const origin = hostOf(headers.origin);
  if (origin === null) return false;
  if (origin === 'localhost' || origin === '[::1]' || /^127(\.\d+){3}$/.test(origin)) return true;
  return isOurHost(origin) && origin === hostOf(`http://${headers.host ?? ''}`);
}

function hostOf(url: string): string | null {
  return URL.parse(url)?.hostname || null;
}
