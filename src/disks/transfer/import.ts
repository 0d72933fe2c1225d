import { serveThread } from '../../base/threads.ts';
import type { ChunkRef } from '../../blocks/blocks.ts';
import { createChunkWriter } from '../../blocks/chunkWriter.ts';
import { chunkCount, CHUNK_BYTES } from '../../blocks/format.ts';
import type { ContentKey } from '../../keys/keys.ts';
import type { DiskFile } from '../formats/source.ts';
import { openSource } from './open.ts';
import { PIECE_CHUNKS, takePiece } from './pieces.ts';

export interface ImportThreadData {
  disk: DiskFile;
  data: Float64Array | null;
  storeFolder: string;
  leaseId: string;
  key: ContentKey | null;
  isBlind: boolean;
  nextPiece: Int32Array;
}

/** `refs` are sealed, and to commit; answered with the indexes to put again. `position`: the chunk that this thread got to. */
export interface ImportBatch {
  refs: ChunkRef[];
  /** Of their payloads, there before or not. */
  contentBytes: number;
  position: number;
}

/** Read between two commits: what a crash can make a thread do again. */
const COMMIT_CHUNKS = (512 * 1024 * 1024) / CHUNK_BYTES;

await serveThread<ImportThreadData, ImportBatch, number[], void>(async (job, port) => {
  const source = openSource(job.disk, job.data);
  const writer = createChunkWriter(job);
  const count = chunkCount(source.sizeBytes);
  const buffer = Buffer.alloc(CHUNK_BYTES);
  let refs: ChunkRef[] = [];
  let readChunks = 0;
  let countedBytes = 0;
  let position = 0;

  function take(index: number): void {
    const packed = source.readFrames?.(index, buffer) ?? null;
    if (!packed && source.readChunk(index, buffer) === 'zero') return;
    const ref = writer.put(index, buffer, null, packed);
    if (ref.hash !== null) refs.push(ref);
  }

  async function commit(): Promise<void> {
    let contentBytes = writer.contentBytes - countedBytes;
    do {
      writer.seal();
      const batch = { refs, contentBytes, position };
      refs = [];
      contentBytes = 0;
      readChunks = 0;
      for (const index of await port.ask(batch)) take(index);
    } while (refs.length > 0);
    countedBytes = writer.contentBytes;
  }

  try {
    const { nextData } = source;
    for (;;) {
      const start = takePiece(job.nextPiece, count, nextData);
      if (start === null) break;
      position = Math.min(start + PIECE_CHUNKS, count);
      for (let index = nextData(start); index < position; index = nextData(index + 1)) {
        port.check();
        take(index);
        readChunks++;
      }
      if (readChunks >= COMMIT_CHUNKS) await commit();
    }
    position = count;
    await commit();
  } finally {
    writer.close();
    source.close();
  }
});
