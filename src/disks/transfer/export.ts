import { closeSync, openSync, writeSync } from 'node:fs';
import { systemFault } from '../../base/systemFault.ts';
import { serveThread } from '../../base/threads.ts';
import type { Root } from '../../blocks/blocks.ts';
import { openDiskReader } from '../../blocks/diskReader.ts';
import { chunkCount, CHUNK_BYTES } from '../../blocks/format.ts';
import type { ContentKey } from '../../keys/keys.ts';
import { PIECE_CHUNKS, takePiece } from './pieces.ts';

export interface ExportThreadData {
  storeFolder: string;
  root: Root;
  sizeBytes: number;
  key: ContentKey | null;
  /** Exists, zero, with its full size. */
  path: string;
  nextPiece: Int32Array;
}

/** Asks with the chunk that it got to. */
await serveThread<ExportThreadData, number, null, void>(
  async ({ storeFolder, root, sizeBytes, key, path, nextPiece }, port) => {
    const reader = openDiskReader(storeFolder, root, sizeBytes, { key });
    const count = chunkCount(sizeBytes);
    const buffer = Buffer.alloc(CHUNK_BYTES);
    let file: number | null = null;
    try {
      file = openSync(path, 'r+');
      const { nextData } = reader;
      for (;;) {
        const start = takePiece(nextPiece, count, nextData);
        if (start === null) break;
        const end = Math.min(start + PIECE_CHUNKS, count);
        for (let index = nextData(start); index < end; index = nextData(index + 1)) {
          port.check();
          const plain = reader.readChunk(index, buffer);
          if (plain) writeAll(file, plain.subarray(0, sizeBytes - index * CHUNK_BYTES), index * CHUNK_BYTES);
        }
        await port.ask(end);
      }
      await port.ask(count);
    } catch (error) {
      throw systemFault(error, `write ${path}`);
    } finally {
      if (file !== null) closeSync(file);
      reader.close();
    }
  },
);

function writeAll(file: number, bytes: Buffer, at: number): void {
  for (let written = 0; written < bytes.length;)
    written += writeSync(file, bytes, written, bytes.length - written, at + written);
}
