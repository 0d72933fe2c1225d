import type { Root } from '../../blocks/blocks.ts';
import { openDiskReader, type DiskReader } from '../../blocks/diskReader.ts';
import { CHUNK_BYTES, MAX_DISK_BYTES } from '../../blocks/format.ts';

/** Stored content, by bytes. */
export interface Base {
  /** Nothing is stored: all zero. */
  readonly isEmpty: boolean;
  read(offset: number, length: number, into: Buffer, at: number): void;
  /** Whether the chunk at `index` is known to be zero without reading it. */
  isZero(index: number): boolean;
  close(): void;
}

/** 16 MiB of plain chunks for each thread that reads. */
const RECENT_CHUNKS = 64;

/** A map has no size of its own: behind what was stored it reads as zero. */
export function openBase(storeFolder: string, root: Root): Base {
  if (root === null) return baseOf(null);
  return baseOf(openDiskReader(storeFolder, root, MAX_DISK_BYTES, RECENT_CHUNKS));
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
    isZero: (index) => reader === null || reader.hashOf(index) === null,
    close: () => reader?.close(),
  };
}
