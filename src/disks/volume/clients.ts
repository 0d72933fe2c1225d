import { createServer, type Server, type Socket } from 'node:net';
import { Worker } from 'node:worker_threads';
import { createHandshake, type Agreement, type HandshakeStep, type Offer } from '../nbd/handshake.ts';
import type { Ask, ConnectionOrder, ConnectionThreadData, FromConnection } from './connection.ts';

/** NBD clients of one export: negotiated with here, then each served by a thread of its own. */
export interface Clients {
  listen(socketPath: string): Promise<void>;
  /** Refuses new ones and sends the present ones away. */
  stop(): void;
  readonly count: number;
}

export interface ClientsOptions {
  offer: () => Offer;
  /** Asked when a thread is started. */
  thread: () => ConnectionThreadData;
  /** How many may be served at once. */
  most: number;
  /** What a thread asks; answered in shared memory. */
  onAsk: (ask: Ask) => void;
  /** A live volume names its one writer by this. */
  onWriter: (connectionId: number) => void;
  onCount: () => void;
  log: (message: string) => void;
}

const HANDSHAKE_MS = 10_000;
/** A client that left is noticed a moment later; the next one waits that long for its place. */
const PLACE_MS = 1_000;
const MAX_HANDSHAKES = 64;

/** What libuv's handle has beside its public face: the descriptor, for a thread that blocks on it. */
interface SocketHandle {
  fd: number;
  setBlocking(blocking: boolean): number;
  readStop(): number;
}

export function createClients(options: ClientsOptions): Clients {
  const idle: Worker[] = [];
  const served = new Set<Socket>();
  const places: (() => void)[] = [];
  let handshakes = 0;
  let connections = 0;
  /** Places taken since the last `stop`; a client that lingers after one keeps none. */
  let taken = 0;
  let rounds = 0;
  let isStopped = false;
  let server: Server | null = null;

  function startThread(): Worker {
    const worker = new Worker(new URL('connection.ts', import.meta.url), { workerData: options.thread() });
    // A fault of ours in a thread may leave the lock held: the process ends, and with it what it holds.
    worker.on('error', (error) => {
      options.log(`a connection's thread failed: ${error instanceof Error ? error.stack : String(error)}`);
      process.kill(process.pid, 'SIGKILL');
    });
    return worker;
  }

  function accept(socket: Socket): void {
    socket.on('error', () => socket.destroy());
    if (isStopped || handshakes >= MAX_HANDSHAKES) return void socket.destroy();
    handshakes++;
    const handshake = createHandshake(options.offer);
    const timer = setTimeout(() => socket.destroy(), HANDSHAKE_MS);
    const over = () => {
      clearTimeout(timer);
      handshakes--;
      socket.off('close', over);
    };
    socket.on('close', over);
    socket.on('data', (bytes) => void advance(handshake.feed(bytes as Buffer)));
    socket.write(handshake.greeting);
    socket.resume();

    async function advance(step: HandshakeStep): Promise<void> {
      switch (step.outcome) {
        case 'more':
          if (step.reply.length > 0) socket.write(step.reply);
          return;
        case 'end':
          socket.end(step.reply);
          return;
        case 'ask': {
          // What comes meanwhile stays in the socket.
          socket.pause();
          if (step.reply.length > 0) socket.write(step.reply);
          const refusal = await place(socket);
          const round = rounds;
          if (socket.destroyed) {
            if (refusal === null) freePlace(round);
            return;
          }
          const next = handshake.admit(refusal);
          if (next.outcome !== 'open') {
            socket.resume();
            return advance(next);
          }
          over();
          return serve(socket, next, handshake.agreement, round);
        }
        case 'open':
          return;
      }
    }
  }

  /** Null once there is room, else why there is none. */
  async function place(socket: Socket): Promise<string | null> {
    if (isStopped) return 'this export is being closed';
    if (taken < options.most) {
      taken++;
      return null;
    }
    return new Promise((resolve) => {
      const take = () => {
        clearTimeout(timer);
        taken++;
        resolve(null);
      };
      const timer = setTimeout(() => {
        places.splice(places.indexOf(take), 1);
        resolve(options.most === 1 ? 'another client has this volume open' : 'too many clients');
      }, PLACE_MS);
      socket.once('close', () => {
        const at = places.indexOf(take);
        if (at < 0) return;
        clearTimeout(timer);
        places.splice(at, 1);
        resolve('gone');
      });
      places.push(take);
    });
  }

  function freePlace(round: number): void {
    if (round !== rounds) return;
    taken--;
    if (!isStopped) places.shift()?.();
  }

  function serve(socket: Socket, step: HandshakeStep, agreement: Agreement, round: number): void {
    const handle = (socket as unknown as { _handle: SocketHandle })._handle;
    handle.readStop();
    socket.removeAllListeners('data');
    // What arrived since the handshake's last bytes.
    const late = socket.read() as Buffer | null;
    const rest = late ? Buffer.concat([step.rest, late]) : step.rest;
    const connectionId = ++connections;
    const worker = idle.pop() ?? startThread();
    served.add(socket);
    socket.write(step.reply, () => {
      if (socket.destroyed) return finish();
      handle.setBlocking(true);
      options.onWriter(connectionId);
      options.onCount();
      worker.on('message', hear);
      worker.postMessage({ connectionId, fd: handle.fd, agreement, rest } satisfies ConnectionOrder);
    });

    function hear(message: FromConnection): void {
      if (message === 'done') finish();
      else if ('fault' in message) options.log(message.fault);
      else options.onAsk(message);
    }

    function finish(): void {
      worker.off('message', hear);
      idle.push(worker);
      served.delete(socket);
      socket.destroy();
      freePlace(round);
      options.onCount();
    }
  }

  return {
    listen(socketPath) {
      isStopped = false;
      // Its start is not the first client's to wait for.
      if (idle.length === 0) idle.push(startThread());
      server = createServer({ pauseOnConnect: true }, accept);
      return new Promise((resolve, reject) => {
        server!.once('error', reject);
        server!.listen(socketPath, () => resolve());
      });
    },
    stop() {
      isStopped = true;
      rounds++;
      taken = 0;
      server?.close();
      server = null;
      options.onWriter(0);
      // The threads are blocked on these sockets: an end makes a client leave, and its thread sees that.
      for (const socket of served) socket.end();
    },
    get count() {
      return served.size;
    },
  };
}
