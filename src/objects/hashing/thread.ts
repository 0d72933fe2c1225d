/* oxlint-disable unicorn/require-post-message-target-origin -- these are threads, not windows */
import { parentPort } from 'node:worker_threads';
import { createRunningHash, type Algorithm, type RunningHash } from './algorithms.ts';
import type { ToThread } from './hashes.ts';

/** Hashes of streams, each named by its number. Every message is answered, in the order in which they came. */
const streams = new Map<number, Map<Algorithm, RunningHash>>();

async function answer(message: ToThread): Promise<unknown> {
  if ('algorithms' in message) {
    const hashes = new Map<Algorithm, RunningHash>();
    for (const algorithm of message.algorithms) hashes.set(algorithm, await createRunningHash(algorithm));
    streams.set(message.stream, hashes);
  } else if ('bytes' in message) {
    for (const hash of streams.get(message.stream)!.values()) hash.update(message.bytes);
  } else {
    const hashes = streams.get(message.stream)!;
    streams.delete(message.stream);
    if (message.isWanted) return [...hashes].map(([algorithm, hash]) => [algorithm, hash.digest()]);
  }
  return null;
}

let queue: Promise<void> = Promise.resolve();
parentPort!.on('message', (message: ToThread) => {
  queue = queue.then(async () => parentPort!.postMessage(await answer(message)));
});
