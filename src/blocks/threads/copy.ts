import { serveThread } from '../../base/threads.ts';
import type { ChunkRef } from '../blocks.ts';
import { openChunkReader } from '../chunkReader.ts';
import { createChunkWriter } from '../chunkWriter.ts';
import type { CopyBatch, CopyCounts, CopyThreadData } from '../copy.ts';
import { CHUNK_BYTES } from '../format.ts';
import { createHashSet } from '../hashSet.ts';
import { walkMap } from '../map.ts';

/** Committed together: few enough to lose little, many enough that a commit's fsync costs little. */
const BATCH_BYTES = 64 * 1024 * 1024;
const BATCH_CHUNKS = 4096;

await serveThread<CopyThreadData, CopyBatch, number[], CopyCounts>(async (data, port) => {
  const source = openChunkReader(data.sourceFolder, { rehash: true });
  const target = openChunkReader(data.targetFolder);
  const writer = createChunkWriter({ storeFolder: data.targetFolder, leaseId: data.leaseId });
  const seen = createHashSet();
  const result: CopyCounts = { copiedBytes: 0, copiedChunks: 0 };
  let batch: ChunkRef[] = [];
  let batchBytes = 0;
  let doneBytes = 0;

  function send(index: number, hash: Buffer): void {
    const chunk = target.has(hash) ? null : source.read(hash);
    const ref = chunk
      ? writer.putStored(index, hash, chunk.flags, chunk.payload)
      : { index, hash: hash.toString('hex'), stored: null };
    if (ref.stored) {
      batchBytes += ref.stored.length;
      result.copiedBytes += ref.stored.length;
      result.copiedChunks++;
    }
    batch.push(ref);
  }

  async function commit(): Promise<void> {
    while (batch.length > 0) {
      writer.seal();
      const refs = batch;
      batch = [];
      batchBytes = 0;
      for (const index of await port.ask({ refs, doneBytes }))
        send(batch.length, Buffer.from(refs[index]!.hash!, 'hex'));
    }
  }

  try {
    for (const { kind, hash, index } of walkMap(data.root, (page) =>
      seen.has(page) ? null : source.read(page).plain,
    )) {
      port.check();
      if (kind === 'chunk') doneBytes = (index + 1) * CHUNK_BYTES;
      if (!seen.add(hash)) continue;
      send(batch.length, hash);
      if (batchBytes >= BATCH_BYTES || batch.length >= BATCH_CHUNKS) await commit();
    }
    await commit();
    return result;
  } finally {
    writer.close();
    seen.close();
    target.close();
    source.close();
  }
});
