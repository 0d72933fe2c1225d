import { serveThread } from '../../base/threads.ts';
import type { Root } from '../../blocks/blocks.ts';
import { openDiskReader } from '../../blocks/diskReader.ts';
import { CHUNK_BYTES } from '../../blocks/format.ts';
import type { ContentKey } from '../../keys/keys.ts';
import type { Piece, StreamFormat } from '../formats/write/format.ts';
import { streamFormats } from '../formats/write/streamFormats.ts';

export interface EncodeThreadData {
  storeFolder: string;
  root: Root;
  sizeBytes: number;
  key: ContentKey | null;
  format: StreamFormat;
  windows: Uint32Array;
  /** Position of the next window that no thread has. */
  next: Int32Array;
}

/** Asks with each piece; answered when there is room for another. */
await serveThread<EncodeThreadData, Piece, null, void>(async (job, port) => {
  const { sizeBytes, windows, next } = job;
  const reader = openDiskReader(job.storeFolder, job.root, sizeBytes, { key: job.key });
  const encode = streamFormats[job.format].createEncoder();
  const buffer = Buffer.alloc(CHUNK_BYTES);
  const read = (index: number): Buffer | null => {
    port.check();
    return reader.readChunk(index, buffer);
  };
  try {
    for (;;) {
      const number = Atomics.add(next, 0, 1);
      if (number >= windows.length) break;
      const window = windows[number]!;
      await port.ask({ number, window, ...encode(window, sizeBytes, read) });
    }
  } finally {
    reader.close();
  }
});
