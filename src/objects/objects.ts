import { allBlobs } from '../records/tables/objects.ts';
import { createBlobsInUse } from './blobsInUse.ts';
import { createObjectFront, type ObjectFront } from './front.ts';
import { sweepExpired } from './expire.ts';
import { createHashes } from './hashing/hashes.ts';
import type { ObjectParts } from './parts.ts';
import { openWriting, type ObjectWriting } from './writing.ts';

export interface Objects extends AsyncDisposable {
  answer: ObjectFront;
  /** Begins to write objects by a job. */
  writing(): ObjectWriting;
  /** While `work` runs no lifecycle rule is followed: the only thing here that happens by itself. */
  still<T>(work: () => Promise<T>): Promise<T>;
}

/** How often lifecycle rules are looked at. */
const SWEEP_EVERY_MS = 3600_000;

/** Buckets, their objects, and what keeps them in order. Blobs that a crash left without a row go first. */
export async function openObjects(given: Omit<ObjectParts, 'blobsInUse' | 'hashes'>): Promise<Objects> {
  const parts: ObjectParts = {
    ...given,
    blobsInUse: createBlobsInUse(given.blobs, given.log),
    hashes: createHashes(),
  };
  const known = await allBlobs(parts.database.read);
  for (const { name } of await parts.blobs.list()) if (!known.has(name)) await parts.blobs.delete(name);

  let cancel = () => {};
  let sweeping = Promise.resolve();
  const sweepAt = (atMs: number) => {
    cancel = parts.clock.schedule(atMs, () => {
      sweeping = sweepExpired(parts)
        .catch((error: unknown) => parts.log.error({ err: error }, 'lifecycle rules could not be followed'))
        .then(sweepLater);
    });
  };
  const sweepLater = () => sweepAt(parts.clock.now() + SWEEP_EVERY_MS);
  sweepLater();

  async function stop(): Promise<void> {
    cancel();
    await sweeping;
    cancel();
  }

  return {
    answer: createObjectFront(parts),
    writing: () => openWriting(parts),
    async still(work) {
      await stop();
      try {
        return await work();
      } finally {
        sweepLater();
      }
    },
    async [Symbol.asyncDispose]() {
      await stop();
      await parts.hashes[Symbol.asyncDispose]();
    },
  };
}
