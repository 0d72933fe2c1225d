import { hash as digest } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import { systemFault } from '../base/systemFault.ts';
import { createDecompressor } from '../base/zstd.ts';
import { WorldFault } from '../base/worldFault.ts';
import { openIndexReader, segmentPath, type Location } from './chunkIndex.ts';
import { assertKnownFlags, CHUNK_BYTES, FLAG_ZSTD, plainBytes, recordFlaw, RECORD_HEADER_BYTES } from './format.ts';

export interface StoredChunk {
  flags: number;
  /** As it is in the segment, until the next read. */
  payload: Buffer;
  plain: Buffer;
}

/** Chunks of one store by their hashes, verified. Blocking: for threads and processes that move bytes. */
export interface ChunkReader {
  /** `into` (of the chunk's plain size) takes the plain bytes. Throws WorldFault `ChunkDamaged` when it is not there or not what was stored. */
  read(hash: Uint8Array, into?: Buffer): StoredChunk;
  /** What keeps `read` from answering, or null. */
  flaw(hash: Uint8Array): string | null;
  has(hash: Uint8Array): boolean;
  close(): void;
}

/**
 * Every read is verified: the record names the chunk and has a checksum over all of it. `rehash`: by the SHA-256 of the plain bytes
 * too, which takes longer than all else together; for those who look for damage or carry chunks on.
 */
export function openChunkReader(
  storeFolder: string,
  { rehash = false, index = openIndexReader(storeFolder) } = {},
): ChunkReader {
  const decompress = createDecompressor();
  const record = Buffer.alloc(RECORD_HEADER_BYTES + CHUNK_BYTES);

  /** Compaction moves chunks and then removes the old file, so a file that is gone means: look again. */
  function readPayload(hash: Uint8Array): { flags: number; payload: Buffer } {
    let previous: Location | null = null;
    for (;;) {
      const location = index.find(hash);
      if (!location) throw damaged('it is not in the store');
      const { segment, offset, length, flags } = location;
      assertKnownFlags(flags);
      if (length > CHUNK_BYTES || offset < RECORD_HEADER_BYTES)
        throw damaged('the index holds an impossible place for it');
      const bytes = record.subarray(0, RECORD_HEADER_BYTES + length);
      if (readRange(segmentPath(storeFolder, segment), offset - RECORD_HEADER_BYTES, bytes)) {
        const payload = bytes.subarray(RECORD_HEADER_BYTES);
        const flaw = recordFlaw(bytes.subarray(0, RECORD_HEADER_BYTES), hash, flags, payload);
        if (flaw !== null) throw damaged(flaw);
        return { flags, payload };
      }
      if (previous?.segment === segment) throw damaged(`its segment ${segment} is missing`);
      previous = location;
    }
  }

  function restore(flags: number, payload: Buffer, into: Buffer): Buffer {
    if (!(flags & FLAG_ZSTD)) {
      if (payload.length === into.length) payload.copy(into);
      return payload.length === into.length ? into : payload;
    }
    try {
      return decompress(payload, into);
    } catch (error) {
      throw damaged('it does not decompress', error);
    }
  }

  function read(hash: Uint8Array, given?: Buffer): StoredChunk {
    const { flags, payload } = readPayload(hash);
    const into = given ?? Buffer.allocUnsafeSlow(plainBytes(flags));
    const plain = restore(flags, payload, into);
    if (plain.length !== plainBytes(flags))
      throw damaged(`it has ${plain.length} bytes instead of ${plainBytes(flags)}`);
    if (rehash && !digest('sha256', plain, 'buffer').equals(hash)) throw damaged('its bytes do not match its hash');
    return { flags, payload, plain };
  }

  return {
    read(hash, into) {
      try {
        return read(hash, into);
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

/** Fills `into` from `offset`. False: no such file. */
function readRange(path: string, offset: number, into: Buffer): boolean {
  let file: number;
  try {
    // A descriptor kept open would keep a removed segment's bytes on the disk.
    file = openSync(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw systemFault(error, `open ${path}`);
  }
  try {
    let filled = 0;
    while (filled < into.length) {
      const count = readSync(file, into, filled, into.length - filled, offset + filled);
      if (count === 0) throw damaged('its segment is cut short');
      filled += count;
    }
  } catch (error) {
    throw systemFault(error, `read ${path}`);
  } finally {
    closeSync(file);
  }
  return true;
}

function damaged(why: string, cause?: unknown): WorldFault {
  return new WorldFault('ChunkDamaged', why, { cause });
}
