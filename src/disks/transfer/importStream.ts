import { serveThread } from '../../base/threads.ts';
import type { ChunkRef } from '../../blocks/blocks.ts';
import { createChunkWriter } from '../../blocks/chunkWriter.ts';
import { CHUNK_BYTES } from '../../blocks/format.ts';
import type { ContentKey } from '../../keys/keys.ts';
import type { Packing } from '../../rules/imageForms.ts';
import { createEnds, refuseMarks } from '../formats/marks.ts';
import { openImageFile, SECTOR_BYTES, type DiskFile } from '../formats/source.ts';
import { unpack } from '../formats/unpack.ts';

export interface ImportStreamData {
  /** Raw, packed. */
  disk: DiskFile & { packing: Packing };
  storeFolder: string;
  leaseId: string;
  key: ContentKey | null;
}

/** `refs` are sealed, and to commit. `contentBytes`: of their payloads. `readBytes`: of the packed file. */
export interface StreamBatch {
  refs: ChunkRef[];
  contentBytes: number;
  readBytes: number;
}

/** Unpacked between two commits. */
const COMMIT_BYTES = 256 * 1024 * 1024;

await serveThread<ImportStreamData, StreamBatch, number[], { sizeBytes: number }>(async (job, port) => {
  const { disk } = job;
  const file = openImageFile(disk);
  const writer = createChunkWriter({ ...job, isBlind: true });
  let readBytes = 0;
  let countedBytes = 0;
  let refs: ChunkRef[] = [];
  async function commit(): Promise<void> {
    writer.seal();
    const batch = { refs, contentBytes: writer.contentBytes - countedBytes, readBytes };
    refs = [];
    countedBytes = writer.contentBytes;
    // A blind writer relies on nothing that is there: there is none to put again.
    await port.ask(batch);
  }

  /** Answers the disk's size. */
  async function take(): Promise<number> {
    const chunk = Buffer.alloc(CHUNK_BYTES);
    const ends = createEnds();
    let index = 0;
    let filled = false;
    let unpackedBytes = 0;
    let sizeBytes = 0;

    function end(): void {
      if (!filled) return;
      const ref = writer.put(index, chunk);
      if (ref.hash !== null) refs.push(ref);
      chunk.fill(0);
      filled = false;
    }

    for await (const { at, bytes } of unpack(file, disk.packing, (read) => (readBytes = read))) {
      port.check();
      ends.take(at, bytes);
      sizeBytes = at + bytes.length;
      for (let done = 0; done < bytes.length;) {
        const position = at + done;
        if (Math.floor(position / CHUNK_BYTES) !== index) {
          end();
          index = Math.floor(position / CHUNK_BYTES);
        }
        const within = position % CHUNK_BYTES;
        const count = Math.min(bytes.length - done, CHUNK_BYTES - within);
        bytes.copy(chunk, within, done, done + count);
        filled = true;
        done += count;
      }
      unpackedBytes += bytes.length;
      if (unpackedBytes < COMMIT_BYTES) continue;
      unpackedBytes = 0;
      await commit();
    }
    end();
    const { head, tail } = ends.of(sizeBytes);
    if (!disk.asToldRaw) refuseMarks(file.path, disk.format, head, tail);
    return Math.ceil(sizeBytes / SECTOR_BYTES) * SECTOR_BYTES;
  }

  try {
    const sizeBytes = await take();
    await commit();
    return { sizeBytes };
  } finally {
    writer.close();
    file.close();
  }
});
