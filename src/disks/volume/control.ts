import { createConnection, type Socket } from 'node:net';
import { WorldFault } from '../../base/worldFault.ts';
import type { ChunkRef, Root } from '../../blocks/blocks.ts';
import type { ContentKey } from '../../keys/keys.ts';

/** What a volume's process is asked over its control socket: one JSON object a line, each way. */
export interface Verbs {
  status: { ask: object; answer: ProcessStatus };
  /** Begins to accept NBD clients. `key`: what the content is encrypted under; it ends with the process. */
  serve: { ask: { key: HandedKey | null }; answer: object };
  /** Ends the clients, then the process; `isHeldOpen`: only once the freeze that holds is thawed. */
  end: { ask: object; answer: { isHeldOpen: boolean } };
  /** Stops writes until `release`, or until the asking connection ends. */
  hold: { ask: object; answer: object };
  release: { ask: object; answer: object };
  /** Waits while a freeze other than `freezeId` holds. */
  awaitThaw: { ask: { freezeId: string; timeoutMs: number }; answer: object };
  freeze: { ask: { freezeId: string }; answer: object };
  thaw: { ask: { freezeId: string; committed: { root: Root } | null }; answer: object };
  /** Stores what a freeze holds, or `chunks` of it; tells of them in `stored` events. */
  store: {
    ask: { freezeId: string; storeFolder: string; leaseId: string; chunks: number[] | null; key: HandedKey | null };
    answer: { sizeBytes: number; incrementalRoot: Root };
    event: StoreEvent;
  };
  /** Lets the request `id` of the same connection end early. */
  cancel: { ask: { id: number }; answer: object };
  resize: { ask: { sizeBytes: number }; answer: object };
}

export type Verb = keyof Verbs;

/** A ContentKey as a line of text carries it: over the control socket alone, which is this user's, never in a file, an argument or a log. */
export interface HandedKey {
  id: string;
  /** base64 */
  secret: string;
}

export const handKey = (key: ContentKey | null): HandedKey | null =>
  key && { id: key.id, secret: key.secret.toString('base64') };

export const takeKey = (key: HandedKey | null): ContentKey | null =>
  key && { id: key.id, secret: Buffer.from(key.secret, 'base64') };

export interface StoreEvent {
  /** Sealed. */
  refs: ChunkRef[];
  doneBytes: number;
  totalBytes: number;
  /** To the store, since the request began. */
  appendedBytes: number;
}

export interface ProcessStatus {
  pid: number;
  isServing: boolean;
  freezeId: string | null;
  sizeBytes: number;
  /** Of stored content, which never changes; null for a volume. */
  storedRoot: Root;
}

export interface RequestLine {
  id: number;
  verb: Verb;
  ask: unknown;
}

export type ReplyLine =
  | { id: number; answer: unknown }
  | { id: number; event: unknown }
  | { id: number; fault: { code: string; message: string; retryable: boolean } };

/** Calls `take` with each line that arrives. */
export function readLines(socket: Socket, take: (line: string) => void): void {
  let rest = '';
  socket.setEncoding('utf8');
  socket.on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop()!;
    for (const line of lines) take(line);
  });
}

export interface ControlClient {
  request<V extends Verb>(verb: V, ask: Verbs[V]['ask'], options?: RequestOptions): Promise<Verbs[V]['answer']>;
  /** Resolves when the connection has ended. */
  readonly ended: Promise<void>;
  close(): void;
}

export interface RequestOptions {
  onEvent?: (event: StoreEvent) => void;
  signal?: AbortSignal | undefined;
}

/** Null: nobody listens there. */
export async function connectControl(socketPath: string): Promise<ControlClient | null> {
  const socket = createConnection(socketPath);
  const connected = await new Promise<boolean>((resolve) => {
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(false));
  });
  if (!connected) return null;
  socket.on('error', () => {});

  interface Waiting {
    resolve(answer: unknown): void;
    reject(fault: WorldFault): void;
    onEvent: ((event: StoreEvent) => void) | undefined;
  }
  const waiting = new Map<number, Waiting>();
  let count = 0;
  readLines(socket, (text) => {
    const line = JSON.parse(text) as ReplyLine;
    const request = waiting.get(line.id);
    if (!request) return;
    if ('event' in line) return request.onEvent?.(line.event as StoreEvent);
    waiting.delete(line.id);
    if ('fault' in line) request.reject(new WorldFault(line.fault.code, line.fault.message, line.fault));
    else request.resolve(line.answer);
  });
  const ended = new Promise<void>((resolve) => {
    socket.once('close', () => {
      for (const request of waiting.values()) request.reject(died());
      waiting.clear();
      resolve();
    });
  });

  function send(verb: Verb, ask: unknown): number {
    count++;
    socket.write(`${JSON.stringify({ id: count, verb, ask } satisfies RequestLine)}\n`);
    return count;
  }

  return {
    ended,
    async request(verb, ask, { onEvent, signal } = {}) {
      signal?.throwIfAborted();
      if (socket.destroyed) throw died();
      const id = send(verb, ask);
      const cancel = () => void send('cancel', { id });
      signal?.addEventListener('abort', cancel, { once: true });
      try {
        return (await new Promise((resolve, reject) => waiting.set(id, { resolve, reject, onEvent }))) as never;
      } catch (fault) {
        signal?.throwIfAborted();
        throw fault;
      } finally {
        signal?.removeEventListener('abort', cancel);
      }
    },
    close: () => socket.destroy(),
  };
}

function died(): WorldFault {
  return new WorldFault('VolumeProcessDied', 'The process of the volume ended', { retryable: true });
}
