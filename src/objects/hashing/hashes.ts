/* oxlint-disable unicorn/require-post-message-target-origin -- these are threads, not windows */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { WorldFault } from '../../base/worldFault.ts';
import { createRunningHash, type Algorithm } from './algorithms.ts';

export type Digests = ReadonlyMap<Algorithm, Buffer>;

/** Several hashes of one stream. */
export interface StreamHashes {
  /** The bytes must stay as they are until it resolves, which need not be awaited before the next. */
  update(bytes: Uint8Array): Promise<void>;
  digest(): Promise<Digests>;
  /** Of a stream that broke off: nobody wants its digests. */
  abandon(): void;
}

/** Hashing off the main thread: MD5 alone takes longer than receiving and writing do together. */
export interface Hashes extends AsyncDisposable {
  /** For bytes in shared memory. */
  start(algorithms: readonly Algorithm[]): StreamHashes;
}

export type ToThread =
  | { stream: number; algorithms: readonly Algorithm[] }
  | { stream: number; bytes: Uint8Array }
  | { stream: number; isWanted: boolean };

interface HashThread extends AsyncDisposable {
  ask(message: ToThread): Promise<unknown>;
  readonly isAlive: boolean;
}

const MOST_THREADS = 4;

/** Threads begin when they are needed first, and stay. */
export function createHashes(): Hashes {
  const threads: HashThread[] = Array.from({ length: Math.min(MOST_THREADS, availableParallelism()) });
  let streams = 0;

  function thread(number: number): HashThread {
    const place = number % threads.length;
    if (!threads[place]?.isAlive) threads[place] = startThread();
    return threads[place]!;
  }

  return {
    start(algorithms) {
      const stream = ++streams;
      // MD5 is the slowest: it has a thread to itself, if there are two.
      const groups = [algorithms.filter((name) => name === 'md5'), algorithms.filter((name) => name !== 'md5')];
      const asks = groups.flatMap((group, index) => {
        if (group.length === 0) return [];
        const { ask } = thread(stream + index);
        void ask({ stream, algorithms: group });
        return [ask];
      });
      return {
        async update(bytes) {
          await Promise.all(asks.map((ask) => ask({ stream, bytes })));
        },
        async digest() {
          const digests = await Promise.all(asks.map((ask) => ask({ stream, isWanted: true })));
          return new Map(
            (digests as [Algorithm, Uint8Array][][]).flat().map(([name, bytes]) => [name, Buffer.from(bytes)]),
          );
        },
        abandon: () => asks.forEach((ask) => void ask({ stream, isWanted: false })),
      };
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(threads.map((one) => one?.[Symbol.asyncDispose]()));
    },
  };
}

function startThread(): HashThread {
  const worker = new Worker(new URL('./thread.ts', import.meta.url));
  const waiting: PromiseWithResolvers<unknown>[] = [];
  let isAlive = true;
  const end = (cause: unknown) => {
    isAlive = false;
    const fault = new WorldFault('ThreadDied', 'The thread that hashes objects ended', { cause });
    for (const one of waiting.splice(0)) one.reject(fault);
  };
  worker.on('message', (reply: unknown) => waiting.shift()!.resolve(reply));
  worker.on('error', end);
  worker.on('exit', end);
  worker.unref();
  return {
    get isAlive() {
      return isAlive;
    },
    ask(message) {
      const one = Promise.withResolvers<unknown>();
      // Who awaits it hears of it; a stream that broke off awaits nothing more.
      one.promise.catch(() => {});
      if (isAlive) {
        waiting.push(one);
        worker.postMessage(message);
      } else one.reject(new WorldFault('ThreadDied', 'The thread that hashes objects ended'));
      return one.promise;
    },
    async [Symbol.asyncDispose]() {
      await worker.terminate();
    },
  };
}

/** The same at once, for what is too little to be worth a thread. */
export async function hashHere(algorithms: readonly Algorithm[]): Promise<StreamHashes> {
  const hashes = await Promise.all(algorithms.map(async (name) => [name, await createRunningHash(name)] as const));
  return {
    async update(bytes) {
      for (const [, hash] of hashes) hash.update(bytes);
    },
    digest: async () => new Map(hashes.map(([name, hash]) => [name, hash.digest()])),
    abandon: () => {},
  };
}
