import { hash as digest } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import { systemFault } from '../base/systemFault.ts';
import { createDecompressor } from '../base/zstd.ts';
import { WorldFault } from '../base/worldFault.ts';
import type { ContentKey } from '../keys/keys.ts';
import { createChunkCipher } from './chunkCipher.ts';
import { openIndexReader, segmentPath, type IndexReader, type Location } from './chunkIndex.ts';
import {
  assertKnownFlags,
  FLAG_ENCRYPTED,
  FLAG_PAGE,
  FLAG_ZSTD,
  MAX_PAYLOAD_BYTES,
  plainBytes,
  recordFlaw,
  RECORD_HEADER_BYTES,
} from './format.ts';

/** Faults of a chunk, not of the world around it. */
const UNREADABLE = new Set(['ChunkDamaged', 'ChunkEncrypted', 'ChunkNotEncrypted']);

export interface StoredChunk {
  flags: number;
  /** As it is in the segment, until the next read. */
  payload: Buffer;
}

/** Chunks of one store by their names, verified. Blocking: for threads and processes that move bytes. */
export interface ChunkReader {
  /**
   * The plain bytes, in `into` (of that size) when given. Throws WorldFault `ChunkDamaged` when it is not there or not what was stored,
   * `ChunkEncrypted` and `ChunkNotEncrypted` when it is not as the reader's key says. Map pages are never encrypted.
   */
  read(hash: Uint8Array, into?: Buffer): Buffer;
  /** As it is stored, verified as `read` does; of an encrypted chunk, when there is no key, what can be seen without. */
  readStored(hash: Uint8Array): StoredChunk;
  /** What keeps `readStored` from answering, or null. */
  flaw(hash: Uint8Array): string | null;
  has(hash: Uint8Array): boolean;
  close(): void;
}

export interface ReaderOptions {
  /** What the data chunks are encrypted under; null: they are plain. */
  key?: ContentKey | null;
  rehash?: boolean;
  index?: IndexReader;
}

/**
 * Every read is verified: the record names the chunk and has a checksum over all of it, an encrypted chunk is authentic. `rehash`: by
 * the name, made again from the plain bytes, too, which takes longer than all else together; for those who look for damage or
 * carry chunks on.
 */
export function openChunkReader(
  storeFolder: string,
  { key = null, rehash = false, index = openIndexReader(storeFolder) }: ReaderOptions = {},
): ChunkReader {
  const decompress = createDecompressor();
  const cipher = createChunkCipher(key);
  const record = Buffer.alloc(RECORD_HEADER_BYTES + MAX_PAYLOAD_BYTES);

  /** Compaction moves chunks and then removes the old file, so a file that is gone means: look again. */
  function readPayload(hash: Uint8Array): StoredChunk {
    let previous: Location | null = null;
    for (;;) {
      const location = index.find(hash);
      if (!location) throw damaged('it is not in the store');
      const { segment, offset, length, flags } = location;
      assertKnownFlags(flags);
      if (length > MAX_PAYLOAD_BYTES || offset < RECORD_HEADER_BYTES)
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

  /** What stands for the plain bytes, decrypted where it was encrypted. */
  function unsealed(hash: Uint8Array, { flags, payload }: StoredChunk): Buffer {
    const isEncrypted = (flags & FLAG_ENCRYPTED) !== 0;
    if (isEncrypted === (cipher !== null) || flags & FLAG_PAGE) {
      if (!isEncrypted) return payload;
      const opened = cipher!.open(flags, hash, payload);
      if (!opened) throw damaged('it is not what was encrypted under its key');
      return opened;
    }
    throw isEncrypted
      ? new WorldFault('ChunkEncrypted', 'it is encrypted, and there is no key')
      : new WorldFault('ChunkNotEncrypted', 'it is not encrypted, though all that is read with it is');
  }

  function restored(hash: Uint8Array, stored: StoredChunk, given?: Buffer): Buffer {
    const { flags } = stored;
    const payload = unsealed(hash, stored);
    const into = given ?? Buffer.allocUnsafeSlow(plainBytes(flags));
    const plain = restore(flags, payload, into);
    if (plain.length !== plainBytes(flags))
      throw damaged(`it has ${plain.length} bytes instead of ${plainBytes(flags)}`);
    if (rehash && !nameOf(flags, plain).equals(hash)) throw damaged('its bytes do not match its hash');
    return plain;
  }

  const nameOf = (flags: number, plain: Buffer) =>
    flags & FLAG_ENCRYPTED ? cipher!.nameOf(plain) : digest('sha256', plain, 'buffer');

  /** Names the chunk in what is thrown. */
  function naming<T>(hash: Uint8Array, work: () => T): T {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof WorldFault) || !UNREADABLE.has(error.code)) throw error;
      const name = Buffer.from(hash).toString('hex');
      throw new WorldFault(error.code, `Chunk ${name} cannot be read: ${error.message}`, { cause: error });
    }
  }

  function readStored(hash: Uint8Array): StoredChunk {
    const stored = readPayload(hash);
    if (cipher || !(stored.flags & FLAG_ENCRYPTED)) restored(hash, stored);
    return stored;
  }

  return {
    read: (hash, into) => naming(hash, () => restored(hash, readPayload(hash), into)),
    readStored: (hash) => naming(hash, () => readStored(hash)),
    flaw(hash) {
      try {
        readStored(hash);
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
