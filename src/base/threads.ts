/* oxlint-disable unicorn/require-post-message-target-origin -- these are threads, not windows */
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { assert } from './assert.ts';
import { WorldFault } from './worldFault.ts';

/**
 * Work that blocks, in a thread of its own. The thread asks, the starter answers: what must be done where the
 * state is (a commit) stays there.
 */
export interface ThreadOptions<Ask, Answer> {
  answer: (question: Ask) => Answer | Promise<Answer>;
  signal?: AbortSignal | undefined;
}

/** The thread's side. */
export interface ThreadPort<Ask, Answer> {
  ask(question: Ask): Promise<Answer>;
  /** Throws once the starter wants it to end: call it in every loop. */
  check(): void;
}

interface Fault {
  code: string | null;
  message: string;
  retryable: boolean;
  stack: string | undefined;
}

type FromThread = { ask: number; question: unknown } | { result: unknown } | { fault: Fault };
type ToThread = { ask: number; answer: unknown } | { ask: number; refused: true };

const STOPPED = 'The thread was told to stop';

/** Runs `module`, which calls `serveThread`, until it has ended. An abort lets it end by itself and then throws the signal's reason. */
export async function runThread<Ask, Answer, Result>(
  module: URL,
  data: unknown,
  { answer, signal }: ThreadOptions<Ask, Answer>,
): Promise<Result> {
  signal?.throwIfAborted();
  const stop = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(module, { workerData: { stop, data } });
  const requestStop = () => void Atomics.store(stop, 0, 1);
  signal?.addEventListener('abort', requestStop, { once: true });

  let outcome: { result: unknown } | { error: unknown } | null = null;
  const fail = (error: unknown) => {
    outcome ??= { error };
    requestStop();
  };
  worker.on('error', fail);
  worker.on('message', (message: FromThread) => {
    if ('ask' in message) {
      const reply = (answered: ToThread) => worker.postMessage(answered);
      Promise.resolve(message.question as Ask)
        .then(answer)
        .then(
          (value) => reply({ ask: message.ask, answer: value }),
          (error: unknown) => {
            fail(error);
            reply({ ask: message.ask, refused: true });
          },
        );
    } else if ('fault' in message) {
      fail(revive(message.fault));
    } else {
      outcome ??= message;
    }
  });
  await new Promise<void>((resolve) => worker.once('exit', () => resolve()));
  signal?.removeEventListener('abort', requestStop);
  const ended = outcome as { result: unknown } | { error: unknown } | null;
  if (ended && 'result' in ended) return ended.result as Result;
  signal?.throwIfAborted();
  throw ended ? ended.error : new WorldFault('ThreadDied', `The thread of ${module.pathname} ended without a result`);
}

export async function serveThread<Data, Ask, Answer, Result>(
  work: (data: Data, port: ThreadPort<Ask, Answer>) => Result | Promise<Result>,
): Promise<void> {
  assert(!isMainThread && parentPort, 'serveThread runs in a thread of runThread');
  const starter = parentPort;
  const { stop, data } = workerData as { stop: Int32Array; data: Data };
  const asked = new Map<number, { resolve: (answer: Answer) => void; reject: (error: unknown) => void }>();
  let count = 0;
  starter.on('message', (message: ToThread) => {
    const waiting = asked.get(message.ask);
    asked.delete(message.ask);
    if ('answer' in message) waiting?.resolve(message.answer as Answer);
    else waiting?.reject(new Error(STOPPED));
  });
  try {
    const result = await work(data, {
      ask(question) {
        count++;
        starter.postMessage({ ask: count, question } satisfies FromThread);
        const { promise, resolve, reject } = Promise.withResolvers<Answer>();
        asked.set(count, { resolve, reject });
        return promise;
      },
      check() {
        if (Atomics.load(stop, 0) !== 0) throw new Error(STOPPED);
      },
    });
    starter.postMessage({ result } satisfies FromThread);
  } catch (error) {
    starter.postMessage({ fault: flatten(error) } satisfies FromThread);
  }
  starter.close();
}

/** A structured clone loses an error's class and own properties. */
function flatten(error: unknown): Fault {
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  const fault = error instanceof WorldFault ? error : null;
  return { code: fault?.code ?? null, retryable: fault?.retryable ?? false, message, stack };
}

function revive({ code, message, retryable, stack }: Fault): Error {
  const error = code === null ? new Error(message) : new WorldFault(code, message, { retryable });
  if (stack !== undefined) error.stack = stack;
  return error;
}
