import { assert } from '../base/assert.ts';
import type { Root } from './blocks.ts';
import { openChunkReader } from './chunkReader.ts';
import { chunkCount, HASH_BYTES, MAP_LEVELS, PAGE_ENTRIES, ZERO_HASH } from './format.ts';
import { createRecent } from './recent.ts';

/** One stored disk, in any thread or process, with blocking reads. */
export interface DiskReader {
  /**
   * The 256 KiB at `index`, verified against their hash; null: all zero. Shared with later calls: never write into it.
   * Throws WorldFault `ChunkDamaged`.
   */
  readChunk(index: number): Buffer | null;
  /** The hash that the map has for a chunk; null: all zero. */
  hashOf(index: number): Buffer | null;
  close(): void;
}

const RECENT_CHUNKS = 16;
const RECENT_PAGES = 64;

/** `sizeBytes` bounds the reads; a disk that grew over its map reads as zero behind it. */
export function openDiskReader(
  storeFolder: string,
  root: Root,
  sizeBytes: number,
  recentChunks = RECENT_CHUNKS,
): DiskReader {
  const chunks = openChunkReader(storeFolder);
  const count = chunkCount(sizeBytes);
  const recent = createRecent<string, Buffer>(recentChunks);
  const pages = createRecent<string, Buffer>(RECENT_PAGES);

  function hashOf(index: number): Buffer | null {
    assert(Number.isInteger(index) && index >= 0 && index < count, `chunk ${index} of ${count}`);
    if (root === null) return null;
    let hash: Buffer = Buffer.from(root, 'hex');
    for (let level = MAP_LEVELS - 1; level >= 0; level--) {
      const page = pages.get(hash.toString('latin1'), () => chunks.read(hash).plain);
      const entry = Math.floor(index / PAGE_ENTRIES ** level) % PAGE_ENTRIES;
      hash = page.subarray(entry * HASH_BYTES, (entry + 1) * HASH_BYTES);
      if (hash.equals(ZERO_HASH)) return null;
    }
    return hash;
  }

  return {
    hashOf,
    readChunk(index) {
      const hash = hashOf(index);
      return hash && recent.get(hash.toString('latin1'), () => chunks.read(hash).plain);
    },
    close: () => chunks.close(),
  };
}
