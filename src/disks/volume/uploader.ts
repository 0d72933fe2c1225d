import { serveThread } from '../../base/threads.ts';
import { WorldFault } from '../../base/worldFault.ts';
import type { ChunkRef, Root } from '../../blocks/blocks.ts';
import { createChunkWriter } from '../../blocks/chunkWriter.ts';
import { openDiskReader } from '../../blocks/diskReader.ts';
import { CHUNK_BYTES, MAX_DISK_BYTES } from '../../blocks/format.ts';
import type { ContentKey } from '../../keys/keys.ts';
import { openBase } from './base.ts';
import { createBlockCipher } from './blockCipher.ts';
import { nextBit } from './bitmaps.ts';
import type { StoreEvent } from './control.ts';
import { readFrozen } from './frozen.ts';
import { attachShared, type SharedBuffers } from './shared.ts';

/** Stores what a freeze holds. */
export interface UploadData {
  buffers: SharedBuffers;
  dataFile: number;
  volumeId: string;
  /** What it is encrypted under, and its chunks will be; null: nothing. */
  key: ContentKey | null;
  storeFolder: string;
  /** Its base. */
  root: Root;
  /** What is in the same place there, the volume's own, is not stored again. */
  incrementalRoot: Root;
  leaseId: string;
  /** Null: all that it holds. */
  chunks: number[] | null;
}

/** Sealed and told of together. */
const BATCH_CHUNKS = 1024;
const PROGRESS_CHUNKS = 64;

await serveThread<UploadData, StoreEvent, null, null>(async (data, port) => {
  const shared = attachShared(data.buffers);
  const { key, storeFolder, dataFile } = data;
  const base = openBase(storeFolder, data.root, key);
  const frozen = { shared, dataFile, cipher: key && createBlockCipher(key, data.volumeId), base };
  const before = openDiskReader(storeFolder, data.incrementalRoot, MAX_DISK_BYTES);
  const writer = createChunkWriter({ storeFolder, leaseId: data.leaseId, key, isBlind: true });
  try {
    const chunks = data.chunks ?? [...held(shared.frozenDirty)];
    const plain = Buffer.allocUnsafeSlow(CHUNK_BYTES);
    let refs: ChunkRef[] = [];
    for (const [done, chunk] of chunks.entries()) {
      port.check();
      if (!readFrozen(frozen, chunk, plain))
        throw new WorldFault('FreezeLost', 'There was no room to keep what the freeze held');
      // What was named before was found gone.
      refs.push(writer.put(chunk, plain, data.chunks ? null : before.hashOf(chunk)));
      const isBatch = refs.length === BATCH_CHUNKS || done + 1 === chunks.length;
      if (!isBatch && (done + 1) % PROGRESS_CHUNKS !== 0) continue;
      if (isBatch) writer.seal();
      const sealed = isBatch ? refs : [];
      if (isBatch) refs = [];
      await port.ask({
        refs: sealed,
        doneBytes: (done + 1) * CHUNK_BYTES,
        totalBytes: chunks.length * CHUNK_BYTES,
        appendedBytes: writer.appendedBytes,
      });
    }
    return null;
  } finally {
    writer.close();
    before.close();
    base.close();
  }
});

function* held(bits: Uint8Array): Generator<number> {
  for (let chunk = nextBit(bits, 0); chunk >= 0; chunk = nextBit(bits, chunk + 1)) yield chunk;
}
