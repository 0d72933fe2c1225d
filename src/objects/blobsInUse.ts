import type { Log } from '../base/log.ts';
import type { Blobs } from '../blobs/blobs.ts';

/** Deletes blobs, but not from under those who read them: an object that was replaced is read to its end. */
export interface BlobsInUse {
  /** While `use` runs, or is iterated, its blobs stay. */
  reading(names: readonly string[], use: AsyncIterable<Buffer>): AsyncGenerator<Buffer>;
  /** What is being read goes when that is over. A fault leaves files that the next start removes. */
  delete(names: readonly string[]): Promise<void>;
}

export function createBlobsInUse(blobs: Blobs, log: Log): BlobsInUse {
  const readers = new Map<string, number>();
  const doomed = new Set<string>();

  async function remove(name: string): Promise<void> {
    await blobs.delete(name).catch((error: unknown) => log.warn({ err: error, name }, 'a blob could not be deleted'));
  }

  return {
    async *reading(names, use) {
      for (const name of names) readers.set(name, (readers.get(name) ?? 0) + 1);
      try {
        yield* use;
      } finally {
        for (const name of names) {
          const left = readers.get(name)! - 1;
          if (left > 0) readers.set(name, left);
          else {
            readers.delete(name);
            if (doomed.delete(name)) await remove(name);
          }
        }
      }
    },
    async delete(names) {
      for (const name of names) {
        if (readers.has(name)) doomed.add(name);
        else await remove(name);
      }
    },
  };
}
