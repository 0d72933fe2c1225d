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
  const isSameKey = data.targetKey === undefined;
  const source = openChunkReader(data.sourceFolder, { key: data.key, rehash: true });
  const target = openChunkReader(data.targetFolder);
  const writer = createChunkWriter({
    storeFolder: data.targetFolder,
    leaseId: data.leaseId,
    key: data.targetKey ?? null,
  });
  const seen = createHashSet();
  const result: CopyCounts = { copiedBytes: 0, copiedChunks: 0, contentBytes: 0 };
  const plain = Buffer.allocUnsafeSlow(CHUNK_BYTES);
  /** What is in hand, and what it was in the source. */
  let batch: { from: Buffer; ref: ChunkRef }[] = [];
  let batchBytes = 0;
  let doneBytes = 0;

  function send(index: number, from: Buffer): void {
    const before = writer.appendedBytes;
    const ref = isSameKey ? sendStored(index, from) : writer.put(index, source.read(from, plain));
    const bytes = writer.appendedBytes - before;
    if (bytes > 0) {
      batchBytes += bytes;
      result.copiedBytes += bytes;
      result.copiedChunks++;
    }
    batch.push({ from: Buffer.from(from), ref });
  }

  function sendStored(index: number, hash: Buffer): ChunkRef {
    if (target.has(hash)) return { index, hash: hash.toString('hex'), stored: null };
    const { flags, payload } = source.readStored(hash);
    return writer.putStored(index, hash, flags, payload);
  }

  async function commit(): Promise<void> {
    while (batch.length > 0) {
      writer.seal();
      const sent = batch;
      batch = [];
      batchBytes = 0;
      const again = new Set(await port.ask({ refs: sent.map(({ ref }) => ref), doneBytes }));
      for (const { from, ref } of sent) if (again.has(ref.index)) send(ref.index, from);
    }
  }

  const enter = (page: Buffer) => (isSameKey && seen.has(page) ? null : source.read(page));
  try {
    for (const { kind, hash, index } of walkMap(data.root, enter)) {
      port.check();
      if (kind === 'chunk') {
        doneBytes = (index + 1) * CHUNK_BYTES;
        result.contentBytes += CHUNK_BYTES;
      }
      if (isSameKey) {
        if (!seen.add(hash)) continue;
        // Names are all that counts: a page has no index of its own.
        send(batch.length, hash);
      } else if (kind === 'chunk') send(index, hash);
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
