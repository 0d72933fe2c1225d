import { createServer, STATUS_CODES, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { createServer as createTlsServer, TLSSocket, type TlsOptions } from 'node:tls';
import type { Log } from '../base/log.ts';
import { WorldFault } from '../base/worldFault.ts';
import type { Answer } from './envelope.ts';
import type { Limits } from './limits.ts';
import { mayTunnelTo } from './proxy.ts';
import { free, receive, type Received } from './receive.ts';
import type { ScreenSockets } from './screenSocket.ts';

export interface Listener extends AsyncDisposable {
  readonly port: number;
}

export interface ListenerParts {
  host: string;
  port: number;
  limits: Limits;
  tls: TlsOptions;
  log: Log;
  answer: (received: Received) => Promise<Answer>;
  screens: ScreenSockets;
}

/** Patience with a peer, in milliseconds. */
const FIRST_BYTE_MS = 15_000;
const HEADERS_MS = 15_000;
/** Longer than clients keep idle connections (Go: 90 s), so that they close first: what is sent into one that just closed is lost. */
const KEEP_ALIVE_MS = 100_000;
const IDLE_SOCKET_MS = 120_000;
const CHECK_EVERY_MS = 5_000;
const HEADERS_MOST = 200;
/** What is under way when the service stops gets so long to be answered. */
const GRACE_MS = 10_000;

/**
 * One port for everything: HTTP and HTTPS (told apart by the first byte), requests in origin and in absolute form, and
 * CONNECT tunnels, which end right here, as if the peer had connected anew.
 */
export async function listen(parts: ListenerParts): Promise<Listener> {
  let isClosing = false;
  const serve = (request: IncomingMessage, response: ServerResponse, proceed?: () => void) => {
    // An answer that was on its way when the service was told to stop: its connection is idle only now.
    response.once('close', () => isClosing && server.closeIdleConnections());
    exchange(receive(request, proceed), request, response, parts, () => isClosing).catch((error: unknown) => {
      parts.log.error({ err: error }, 'an answer could not be sent');
      response.destroy();
    });
  };
  const server = createServer(
    {
      maxHeaderSize: parts.limits.headBytes,
      headersTimeout: HEADERS_MS,
      // Uploads take as long as they take; `receive.ts` is impatient with every other body.
      requestTimeout: 0,
      keepAliveTimeout: KEEP_ALIVE_MS,
      connectionsCheckingInterval: CHECK_EVERY_MS,
      shouldUpgradeCallback: parts.screens.wants,
    },
    (request, response) => serve(request, response),
  );
  // What is refused by its head is not sent at all.
  server.on('checkContinue', (request, response) => serve(request, response, () => response.writeContinue()));
  server.maxConnections = parts.limits.connections;
  server.maxHeadersCount = HEADERS_MOST;
  server.timeout = IDLE_SOCKET_MS;
  server.on('clientError', refuseMalformed);

  const sockets = new Set<Socket>();
  const viewers = new Set<Duplex>();
  const tunnels = new WeakSet<Socket>();
  const accept = takeOver(server);
  const tls = createTlsServer({ ...parts.tls, handshakeTimeout: FIRST_BYTE_MS }, accept);
  tls.on('tlsClientError', (_error, socket) => socket.destroy());
  const welcome = (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    // Whoever has the socket in hand at the moment: an error of a peer must never be an error of the service.
    socket.on('error', () => socket.destroy());
    sniff(socket, (isTls) => (isTls ? tls.emit('connection', socket) : accept(socket)));
  };
  server.on('connection', welcome);
  server.on('connect', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    tunnel(request, socket as Socket, head, welcome, tunnels);
  });

  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy());
    // A viewer may look on without a word.
    (socket as Socket).setTimeout(0);
    viewers.add(socket);
    socket.once('close', () => viewers.delete(socket));
    parts.screens.open(request, socket, head).catch((error: unknown) => {
      parts.log.error({ err: error }, 'a screen could not be opened');
      socket.destroy();
    });
  });

  await started(server, parts);
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      // A connection with a request under way would be kept for the next one, and be waited for.
      isClosing = true;
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeIdleConnections();
      for (const viewer of viewers) viewer.destroy();
      const impatience = setTimeout(() => sockets.forEach((socket) => socket.destroy()), GRACE_MS);
      // A socket that has said nothing yet is not an idle connection to the HTTP server.
      for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy();
      await closed;
      clearTimeout(impatience);
    },
  };
}

/** The HTTP server's own way of taking a connection, so that we decide which ones it gets. */
function takeOver(server: Server): (socket: Socket) => void {
  const [accept] = server.listeners('connection') as ((socket: Socket) => void)[];
  server.removeAllListeners('connection');
  return (socket) => accept!.call(server, socket);
}

const TLS_HANDSHAKE = 0x16;

/** Waits for the first byte, and puts it back. */
function sniff(socket: Socket, next: (isTls: boolean) => void): void {
  const giveUp = () => socket.destroy();
  socket.setTimeout(FIRST_BYTE_MS, giveUp);
  socket.once('readable', () => {
    const first: Buffer | null = socket.read(1);
    if (!first) return giveUp();
    socket.setTimeout(0);
    socket.off('timeout', giveUp);
    socket.unshift(first);
    next(first[0] === TLS_HANDSHAKE);
  });
}

/** One level deep: a tunnel is for the client's own TLS, not for further tunnels. */
function tunnel(
  request: IncomingMessage,
  socket: Socket,
  head: Buffer,
  welcome: (socket: Socket) => void,
  tunnels: WeakSet<Socket>,
): void {
  socket.on('error', () => socket.destroy());
  if (tunnels.has(socket) || socket instanceof TLSSocket || !mayTunnelTo(request.url ?? '')) {
    socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
    return;
  }
  tunnels.add(socket);
  socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
  if (head.length > 0) socket.unshift(head);
  welcome(socket);
}

async function exchange(
  received: Received,
  request: IncomingMessage,
  response: ServerResponse,
  parts: ListenerParts,
  isLast: () => boolean,
): Promise<void> {
  const answer = await parts.answer(received);
  if (response.destroyed) return;
  const headers: Record<string, string | number> = { ...answer.headers };
  // What the client was still sending is not the next request.
  if (!request.complete || isLast()) headers['connection'] = 'close';
  if (typeof answer.body !== 'string') {
    response.writeHead(answer.status, headers);
    await sendStream(answer.body, response);
    return;
  }
  const length = Buffer.byteLength(answer.body);
  // A HEAD's own says how long the body would be; 204 and 304 have none.
  if (answer.status !== 204 && answer.status !== 304) headers['content-length'] ??= length;
  response.writeHead(answer.status, headers);
  // Pure ASCII, as nearly all answers are, need not be re-encoded.
  if (request.method === 'HEAD') response.end();
  else response.end(answer.body, length === answer.body.length ? 'latin1' : 'utf8');
}

/** Piece by piece, each freed once the kernel has it. A body that fails, or a client that goes away, ends the connection. */
async function sendStream(body: AsyncIterable<string | Uint8Array>, response: ServerResponse): Promise<void> {
  const gone = Promise.withResolvers<never>();
  gone.promise.catch(() => {});
  response.once('close', () => gone.reject(new Error('the client went away')));
  try {
    for await (const piece of body) {
      const written = Promise.withResolvers<void>();
      response.write(piece, (error) => (error ? gone.reject(error) : written.resolve()));
      await Promise.race([written.promise, gone.promise]);
      if (Buffer.isBuffer(piece)) free(piece);
    }
    response.end();
  } catch {
    response.destroy();
  }
}

/** Not HTTP, a head over the limit, or too slow. */
function refuseMalformed(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const status = error.code === 'HPE_HEADER_OVERFLOW' ? 431 : error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 408 : 400;
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`);
}

function started(server: Server, { host, port }: ListenerParts): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(listenFault(error, host, port)));
    server.listen(port, host, () => resolve());
  });
}

function listenFault(error: NodeJS.ErrnoException, host: string, port: number): WorldFault {
  const reasons: Record<string, [string, string]> = {
    EADDRINUSE: ['PortInUse', 'something else listens there. Choose another port with --port or TONGJING_PORT.'],
    EACCES: ['NoPermission', 'permission denied. Ports below 1024 need privileges.'],
    EADDRNOTAVAIL: ['BadSetting', 'this machine has no such address.'],
    ENOTFOUND: ['BadSetting', 'this machine has no such address.'],
  };
  const [code, why] = reasons[error.code ?? ''] ?? ['ListenFailed', error.message];
  return new WorldFault(code, `Could not listen on ${host} port ${port}: ${why}`, { cause: error });
}
