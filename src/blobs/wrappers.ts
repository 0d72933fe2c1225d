import { WorldFault } from '../base/worldFault.ts';
import type { Blobs } from './blobs.ts';

export type BlobVerb = keyof Blobs;

/** Tries what fails with a retryable fault up to `attempts` times; `wait` passes the time before the given attempt (2, 3, …). */
export function retrying(blobs: Blobs, options: { attempts: number; wait: (attempt: number) => Promise<void> }): Blobs {
  return wrap(blobs, async (_verb, run) => {
    for (let attempt = 1; ; attempt++) {
      try {
        return await run();
      } catch (error) {
        if (attempt >= options.attempts || !(error instanceof WorldFault && error.retryable)) throw error;
        await options.wait(attempt + 1);
      }
    }
  });
}

/** Throws what `fault` answers, before or after the thing was done: for tests of those who must bear it. */
export function faulty(blobs: Blobs, fault: (verb: BlobVerb, when: 'before' | 'after') => Error | null): Blobs {
  return wrap(blobs, async (verb, run) => {
    const before = fault(verb, 'before');
    if (before) throw before;
    const result = await run();
    const after = fault(verb, 'after');
    if (after) throw after;
    return result;
  });
}

function wrap(blobs: Blobs, around: <T>(verb: BlobVerb, run: () => Promise<T>) => Promise<T>): Blobs {
  return {
    put: (name, bytes) => around('put', () => blobs.put(name, bytes)),
    // A stream passes once.
    write: (name, bytes) => blobs.write(name, bytes),
    read: (name, offset, length) => blobs.read(name, offset, length),
    get: (name, offset, length) => around('get', () => blobs.get(name, offset, length)),
    list: (prefix) => around('list', () => blobs.list(prefix)),
    delete: (name) => around('delete', () => blobs.delete(name)),
    size: (name) => around('size', () => blobs.size(name)),
  };
}
