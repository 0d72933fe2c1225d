import { setImmediate } from 'node:timers/promises';
import { assert } from '../base/assert.ts';
import type { ChunkRef, Lease, Root } from './blocks.ts';
import { openChunkReader } from './chunkReader.ts';
import { createChunkWriter } from './chunkWriter.ts';
import { commitChunks } from './commit.ts';
import { chunkCount, MAX_DISK_BYTES } from './format.ts';
import { changeMap } from './map.ts';
import type { RegionStore } from './regionStore.ts';

/** Pages (32 KiB each) stored before they are committed together. */
const BATCH_PAGES = 64;

export async function writeMap(
  store: RegionStore,
  lease: Lease,
  base: Root,
  changes: ReadonlyMap<number, string | null>,
  sizeBytes: number,
): Promise<Root> {
  assert(sizeBytes > 0 && sizeBytes <= MAX_DISK_BYTES, `a disk of ${sizeBytes} bytes`);
  const count = chunkCount(sizeBytes);
  for (const index of changes.keys()) assert(index >= 0 && index < count, `chunk ${index} of ${count}`);

  const reader = openChunkReader(store.folder);
  // A tenant's snapshot must not be told from its work which pages are there.
  const writer = createChunkWriter({ storeFolder: store.folder, leaseId: lease.id, isBlind: true });
  let batch: ChunkRef[] = [];

  async function commitBatch(): Promise<void> {
    writer.seal();
    commitChunks(store.database, store.folder, lease.id, batch);
    batch = [];
    await setImmediate();
  }

  try {
    const root = await changeMap(
      {
        read: (hash) => reader.read(hash),
        async put(page) {
          const ref = writer.put(batch.length, page);
          batch.push(ref);
          if (batch.length >= BATCH_PAGES) await commitBatch();
          assert(ref.hash !== null, 'a page that is all zero is not stored');
          return Buffer.from(ref.hash, 'hex');
        },
      },
      base,
      changes,
    );
    await commitBatch();
    return root;
  } finally {
    writer.close();
    reader.close();
  }
}
