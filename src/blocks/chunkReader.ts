import { hash as digest } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import { zstdDecompressSync } from 'node:zlib';
import { systemFault } from '../base/systemFault.ts';
import { WorldFault } from '../base/worldFault.ts';
import { openIndexReader, segmentPath, type Location } from './chunkIndex.ts';
import { assertKnownFlags, FLAG_ZSTD, plainBytes } from './format.ts';

export interface StoredChunk {
  flags: number;
  /** As it is in the segment. */
  payload: Buffer;
  plain: Buffer;
}

/** Chunks of one store by their hashes, verified. Blocking: for threads and processes that move bytes. */
export interface ChunkReader {
  /** Throws WorldFault `ChunkDamaged` when it is not there or not what was stored. */
  read(hash: Uint8Array): StoredChunk;
  has(hash: Uint8Array): boolean;
  close(): void;
}

export function openChunkReader(storeFolder: string): ChunkReader {
  const index = openIndexReader(storeFolder);

  /** Compaction moves chunks and then removes the old file, so a file that is gone means: look again. */
  function readPayload(hash: Uint8Array): { location: Location; payload: Buffer } {
    let previous: Location | null = null;
    for (;;) {
      const location = index.find(hash);
      if (!location) throw damaged(hash, 'it is not in the store');
      const payload = readRange(segmentPath(storeFolder, location.segment), location, hash);
      if (payload) return { location, payload };
      if (previous?.segment === location.segment) throw damaged(hash, `its segment ${location.segment} is missing`);
      previous = location;
    }
  }

  return {
    read(hash) {
      const { location, payload } = readPayload(hash);
      return { flags: location.flags, payload, plain: restore(hash, location, payload) };
    },
    has: (hash) => index.find(hash) !== null,
    close: () => index.close(),
  };
}

/** Null: no such file. */
function readRange(path: string, { offset, length }: Location, hash: Uint8Array): Buffer | null {
  const payload = Buffer.allocUnsafeSlow(length);
  let file: number;
  try {
    // A descriptor kept open would keep a removed segment's bytes on the disk.
    file = openSync(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw systemFault(error, `open ${path}`);
  }
  try {
    let filled = 0;
    while (filled < length) {
      const count = readSync(file, payload, filled, length - filled, offset + filled);
      if (count === 0) throw damaged(hash, 'its segment is cut short');
      filled += count;
    }
  } catch (error) {
    throw systemFault(error, `read ${path}`);
  } finally {
    closeSync(file);
  }
  return payload;
}

function restore(hash: Uint8Array, { flags }: Location, payload: Buffer): Buffer {
  assertKnownFlags(flags);
  const expected = plainBytes(flags);
  let plain = payload;
  if (flags & FLAG_ZSTD) {
    try {
      // The slack lets one pass finish the frame: without it the output is gathered from two buffers.
      plain = zstdDecompressSync(payload, { chunkSize: expected + 64, maxOutputLength: expected + 64 });
    } catch (error) {
      throw damaged(hash, 'it does not decompress', error);
    }
  }
  if (plain.length !== expected) throw damaged(hash, `it has ${plain.length} bytes instead of ${expected}`);
  if (!digest('sha256', plain, 'buffer').equals(hash)) throw damaged(hash, 'its bytes do not match its hash');
  return plain;
}

function damaged(hash: Uint8Array, why: string, cause?: unknown): WorldFault {
  return new WorldFault('ChunkDamaged', `Chunk ${Buffer.from(hash).toString('hex')} cannot be read: ${why}`, { cause });
}
