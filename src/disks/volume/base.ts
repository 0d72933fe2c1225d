import type { Root } from '../../blocks/blocks.ts';
import { openDiskReader, type DiskReader } from '../../blocks/diskReader.ts';
import { CHUNK_BYTES, MAX_DISK_BYTES } from '../../blocks/format.ts';
import type { ContentKey } from '../../keys/keys.ts';

/** Stored content, by bytes. */
export interface Base {
  /** Nothing is stored: all zero. */
  readonly isEmpty: boolean;
  read(offset: number, length: number, into: Buffer, at: number): void;
  /** From `offset` on, the first place that may not be zero; Infinity when all is. Found in the map, without reading data. */
  nextData(offset: number): number;
  close(): void;
}

/** 16 MiB of plain chunks for each thread that reads. */
const RECENT_CHUNKS = 64;
const MAX_CHUNKS = MAX_DISK_BYTES / CHUNK_BYTES;

/** A map has no size of its own: behind what was stored it reads as zero. */
export function openBase(storeFolder: string, root: Root, key: ContentKey | null): Base {
  if (root === null) return baseOf(null);
  return baseOf(openDiskReader(storeFolder, root, MAX_DISK_BYTES, { key, recentChunks: RECENT_CHUNKS }));
}

/** Null: all zero. */
export function baseOf(reader: DiskReader | null): Base {
  return {
    isEmpty: reader === null,
    read(offset, length, into, at) {
      for (let done = 0; done < length;) {
        const index = Math.floor((offset + done) / CHUNK_BYTES);
        const from = offset + done - index * CHUNK_BYTES;
        const count = Math.min(length - done, CHUNK_BYTES - from);
        const chunk = reader?.readChunk(index) ?? null;
        if (chunk) chunk.copy(into, at + done, from, from + count);
        else into.fill(0, at + done, at + done + count);
        done += count;
      }
    },
    nextData(offset) {
      if (!reader) return Infinity;
      const index = Math.floor(offset / CHUNK_BYTES);
      const next = reader.nextData(index);
      if (next === index) return offset;
      return next === MAX_CHUNKS ? Infinity : next * CHUNK_BYTES;
    },
    close: () => reader?.close(),
  };
}
