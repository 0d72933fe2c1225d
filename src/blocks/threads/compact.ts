import { serveThread } from '../../base/threads.ts';
import { openIndexReader } from '../chunkIndex.ts';
import { openChunkReader } from '../chunkReader.ts';
import { createChunkWriter } from '../chunkWriter.ts';
import type { CompactThreadData, Moves } from '../compact.ts';
import { RECORD_HEADER_BYTES } from '../format.ts';

/** Answers the bytes that it wrote. A chunk that is damaged stays where it is, and with it its segment. */
await serveThread<CompactThreadData, Moves, null, number>(async ({ folder, leaseId, segments }, port) => {
  const index = openIndexReader(folder);
  const reader = openChunkReader(folder, { rehash: true });
  const writer = createChunkWriter({ storeFolder: folder, leaseId });
  let bytes = 0;
  try {
    for (const from of segments) {
      const chunks: Moves['chunks'] = [];
      for (const hash of index.inSegment(from)) {
        port.check();
        if (reader.flaw(hash) !== null) continue;
        const { flags, payload } = reader.readStored(hash);
        const to = writer.rewrite(hash, flags, payload);
        bytes += to.length + RECORD_HEADER_BYTES;
        chunks.push({ hash, to });
      }
      writer.seal();
      if (chunks.length > 0) await port.ask({ from, chunks });
    }
    return bytes;
  } finally {
    writer.close();
    reader.close();
    index.close();
  }
});
