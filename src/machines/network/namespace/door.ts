import { spawn } from 'node:child_process';
import type { Server, Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { WorldFault } from '../../../base/worldFault.ts';
import { METADATA } from './addresses.ts';
import { PATH } from './programs.ts';

const OPEN_MS = 60_000;

/** Where a namespace's guests get to the metadata service: a listening socket in the namespace, held by this process. */
export interface Door extends Disposable {}

/** `onGuest` is told the private address of who asks: nobody in there can have another's. */
export async function openDoor(namespace: string, onGuest: (privateIp: string, socket: Socket) => void): Promise<Door> {
  const program = fileURLToPath(new URL('listen.ts', import.meta.url));
  const node = [process.execPath, '--disable-warning=ExperimentalWarning', program, METADATA];
  const child = spawn('ip', ['netns', 'exec', namespace, ...node], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    env: { PATH, NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'] },
    timeout: OPEN_MS,
    killSignal: 'SIGKILL',
  });
  const opened = Promise.withResolvers<Server>();
  let words = '';
  child.stderr!.setEncoding('utf8').on('data', (text: string) => (words += text));
  child.on('error', opened.reject);
  child.on('message', (_, server) => opened.resolve(server as Server));
  child.on('close', () => opened.reject(new Error(words.trim() || 'it said nothing')));
  let server: Server;
  try {
    server = await opened.promise;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new WorldFault('NetworkFailed', `No door to the metadata service in ${namespace}: ${why}`, {
      cause: error,
      retryable: true,
    });
  }
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    onGuest(socket.remoteAddress ?? '', socket);
  });
  server.unref();
  return {
    [Symbol.dispose]() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
