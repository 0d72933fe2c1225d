import { assert } from '../base/assert.ts';
import type { ContentKey } from '../keys/keys.ts';
import type { Root } from './blocks.ts';
import { openChunkReader } from './chunkReader.ts';
import { chunkCount, HASH_BYTES, MAP_LEVELS, PAGE_ENTRIES, ZERO_HASH } from './format.ts';
import { createRecent } from './recent.ts';

/** One stored disk, in any thread or process, with blocking reads. */
export interface DiskReader {
  /**
   * The 256 KiB at `index`, verified; null: all zero. In `into` when that is given, else in memory shared with later calls: never
   * write into it. Throws as a ChunkReader does.
   */
  readChunk(index: number, into?: Buffer): Buffer | null;
  /** The hash that the map has for a chunk; null: all zero. */
  hashOf(index: number): Buffer | null;
  /** The first chunk from `index` on that is not zero by the map; the number of chunks when none follows. */
  nextData(index: number): number;
  close(): void;
}

const RECENT_CHUNKS = 16;
const RECENT_PAGES = 64;

/** `sizeBytes` bounds the reads; a disk that grew over its map reads as zero behind it. `key`: what it is encrypted under. */
export function openDiskReader(
  storeFolder: string,
  root: Root,
  sizeBytes: number,
  { key = null, recentChunks = RECENT_CHUNKS }: { key?: ContentKey | null; recentChunks?: number } = {},
): DiskReader {
  const chunks = openChunkReader(storeFolder, { key });
  const count = chunkCount(sizeBytes);
  const recent = createRecent<string, Buffer>(recentChunks);
  const pages = createRecent<string, Buffer>(RECENT_PAGES);

  /** The entry for `index` and the level where its path ends: above 0 when all that the entry stands for is zero. */
  function find(index: number): { hash: Buffer | null; level: number } {
    let hash: Buffer | null = root === null ? null : Buffer.from(root, 'hex');
    let level = MAP_LEVELS;
    while (hash && level > 0) {
      level--;
      const name = hash;
      const page = pages.get(name.toString('latin1'), () => chunks.read(name));
      const entry = Math.floor(index / PAGE_ENTRIES ** level) % PAGE_ENTRIES;
      const below = page.subarray(entry * HASH_BYTES, (entry + 1) * HASH_BYTES);
      hash = below.equals(ZERO_HASH) ? null : below;
    }
    return { hash, level };
  }

  function hashOf(index: number): Buffer | null {
    assert(Number.isInteger(index) && index >= 0 && index < count, `chunk ${index} of ${count}`);
    return find(index).hash;
  }

  return {
    hashOf,
    readChunk(index, into) {
      const hash = hashOf(index);
      if (!hash) return null;
      if (into) return chunks.read(hash, into);
      return recent.get(hash.toString('latin1'), () => chunks.read(hash));
    },
    nextData(index) {
      for (let at = index; at < count;) {
        const { hash, level } = find(at);
        if (hash) return at;
        const span = PAGE_ENTRIES ** level;
        at = (Math.floor(at / span) + 1) * span;
      }
      return count;
    },
    close: () => chunks.close(),
  };
}
