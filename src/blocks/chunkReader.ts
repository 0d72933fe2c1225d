import { hash as digest } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import { systemFault } from '../base/systemFault.ts';
import { createDecompressor } from '../base/zstd.ts';
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
  /** What keeps `read` from answering, or null. */
  flaw(hash: Uint8Array): string | null;
  has(hash: Uint8Array): boolean;
  close(): void;
}

export function openChunkReader(storeFolder: string): ChunkReader {
  const index = openIndexReader(storeFolder);
  const decompress = createDecompressor();

  /** Compaction moves chunks and then removes the old file, so a file that is gone means: look again. */
  function readPayload(hash: Uint8Array): { location: Location; payload: Buffer } {
    let previous: Location | null = null;
    for (;;) {
      const location = index.find(hash);
      if (!location) throw damaged('it is not in the store');
      const payload = readRange(segmentPath(storeFolder, location.segment), location);
      if (payload) return { location, payload };
      if (previous?.segment === location.segment) throw damaged(`its segment ${location.segment} is missing`);
      previous = location;
    }
  }

  function restore(hash: Uint8Array, { flags }: Location, payload: Buffer): Buffer {
    assertKnownFlags(flags);
    const expected = plainBytes(flags);
    let plain = payload;
    if (flags & FLAG_ZSTD) {
      try {
        plain = decompress(payload, expected);
      } catch (error) {
        throw damaged('it does not decompress', error);
      }
    }
    if (plain.length !== expected) throw damaged(`it has ${plain.length} bytes instead of ${expected}`);
    if (!digest('sha256', plain, 'buffer').equals(hash)) throw damaged('its bytes do not match its hash');
    return plain;
  }

  function read(hash: Uint8Array): StoredChunk {
    const { location, payload } = readPayload(hash);
    return { flags: location.flags, payload, plain: restore(hash, location, payload) };
  }

  return {
    read(hash) {
      try {
        return read(hash);
      } catch (error) {
        if (!(error instanceof WorldFault) || error.code !== 'ChunkDamaged') throw error;
        const name = Buffer.from(hash).toString('hex');
        throw new WorldFault('ChunkDamaged', `Chunk ${name} cannot be read: ${error.message}`, { cause: error });
      }
    },
    flaw(hash) {
      try {
        read(hash);
        return null;
      } catch (error) {
        if (error instanceof WorldFault) return error.message;
        throw error;
      }
    },
    has: (hash) => index.find(hash) !== null,
    close: () => index.close(),
  };
}

/** Null: no such file. */
function readRange(path: string, { offset, length }: Location): Buffer | null {
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
      if (count === 0) throw damaged('its segment is cut short');
      filled += count;
    }
  } catch (error) {
    throw systemFault(error, `read ${path}`);
  } finally {
    closeSync(file);
  }
  return payload;
}

function damaged(why: string, cause?: unknown): WorldFault {
  return new WorldFault('ChunkDamaged', why, { cause });
}
