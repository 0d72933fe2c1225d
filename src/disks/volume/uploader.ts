import { serveThread } from '../../base/threads.ts';
import { WorldFault } from '../../base/worldFault.ts';
import type { ChunkRef, Root } from '../../blocks/blocks.ts';
import { createChunkWriter } from '../../blocks/chunkWriter.ts';
import { CHUNK_BYTES } from '../../blocks/format.ts';
import { openBase } from './base.ts';
import { nextBit } from './bitmaps.ts';
import type { StoreEvent } from './control.ts';
import { readFrozen } from './frozen.ts';
import { attachShared, type SharedBuffers } from './shared.ts';

/** Stores what a freeze holds. */
export interface UploadData {
  buffers: SharedBuffers;
  dataFile: number;
  storeFolder: string;
  root: Root;
  leaseId: string;
  /** Null: all that it holds. */
  chunks: number[] | null;
}

/** Sealed and told of together. */
const BATCH_CHUNKS = 1024;
const PROGRESS_CHUNKS = 64;

await serveThread<UploadData, StoreEvent, null, null>(async (data, port) => {
  const shared = attachShared(data.buffers);
  const base = openBase(data.storeFolder, data.root);
  const writer = createChunkWriter({ storeFolder: data.storeFolder, leaseId: data.leaseId });
  try {
    const chunks = data.chunks ?? [...held(shared.frozenDirty)];
    const plain = Buffer.allocUnsafeSlow(CHUNK_BYTES);
    let refs: ChunkRef[] = [];
    for (const [done, chunk] of chunks.entries()) {
      port.check();
      if (!readFrozen(shared, data.dataFile, base, chunk, plain))
        throw new WorldFault('FreezeLost', 'There was no room to keep what the freeze held');
      refs.push(writer.put(chunk, plain));
      const isBatch = refs.length === BATCH_CHUNKS || done + 1 === chunks.length;
      if (!isBatch && (done + 1) % PROGRESS_CHUNKS !== 0) continue;
      if (isBatch) writer.seal();
      const sealed = isBatch ? refs : [];
      if (isBatch) refs = [];
      await port.ask({ refs: sealed, doneBytes: (done + 1) * CHUNK_BYTES, totalBytes: chunks.length * CHUNK_BYTES });
    }
    return null;
  } finally {
    writer.close();
    base.close();
  }
});

function* held(bits: Uint8Array): Generator<number> {
  for (let chunk = nextBit(bits, 0); chunk >= 0; chunk = nextBit(bits, chunk + 1)) yield chunk;
}
