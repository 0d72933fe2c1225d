import { hash as digest, randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, openSync, writeSync, writevSync } from 'node:fs';
import { assert } from '../base/assert.ts';
import { systemFault } from '../base/systemFault.ts';
import { createCompressor } from '../base/zstd.ts';
import type { ContentKey } from '../keys/keys.ts';
import type { ChunkRef } from './blocks.ts';
import { createChunkCipher } from './chunkCipher.ts';
import type { StoredChunk } from './chunkReader.ts';
import { openIndexReader, segmentPath, segmentsFolder } from './chunkIndex.ts';
import {
  CHUNK_BYTES,
  encodeRecordHeader,
  encodeSegmentHeader,
  FLAG_ENCRYPTED,
  FLAG_PAGE,
  FLAG_ZSTD,
  PAGE_BYTES,
  RECORD_HEADER_BYTES,
  SEGMENT_HEADER_BYTES,
  SEGMENT_TARGET_BYTES,
  ZERO_CHUNK,
} from './format.ts';

/** Turns plain bytes into stored chunks, in segments of its own. Blocking: for threads and processes that move bytes. */
export interface ChunkWriter {
  /**
   * `plain`: a chunk (256 KiB) or, marked so by its size, a map page (32 KiB). Not kept. `present`: the name of a chunk that stays
   * reachable; the same one is not stored again. `packed`: zstd frames that `plain` was unpacked from; they need not be made.
   */
  put(index: number, plain: Buffer, present?: Buffer | null, packed?: Buffer | null): ChunkRef;
  /** A chunk that another store holds already, as it is there. The caller has verified it. */
  putStored(index: number, hash: Buffer, flags: number, payload: Buffer): ChunkRef;
  /** As `putStored`, although this store has it: for rewriting a segment. */
  rewrite(hash: Buffer, flags: number, payload: Buffer): Stored;
  /** What was put is durable now, and may be committed. More may be put. */
  seal(): void;
  close(): void;
  /** Of all payloads so far. */
  readonly appendedBytes: number;
  /** Of the payloads of all that was put so far, there before or not. */
  readonly contentBytes: number;
}

export interface WriterOptions {
  storeFolder: string;
  leaseId: string;
  /** What data chunks are encrypted under; null: nothing. */
  key?: ContentKey | null;
  /** Appends what the store has already, too, so that neither time nor room tell what others keep there. */
  isBlind?: boolean;
}

export type Stored = NonNullable<ChunkRef['stored']>;

/** Below this share of the plain size compression is worth the work of undoing it. */
const WORTHWHILE = 0.95;
const ZSTD_LEVEL = 1;

export function createChunkWriter({ storeFolder, leaseId, key = null, isBlind = false }: WriterOptions): ChunkWriter {
  const index = openIndexReader(storeFolder);
  const cipher = createChunkCipher(key);
  /** What this writer appended since the last seal but one: the index shows it only after the commit, which follows a seal. */
  let written = new Map<string, Stored>();
  let writtenBefore = new Map<string, Stored>();
  let segment: { name: string; file: number; endBytes: number } | null = null;
  let isDurable = true;
  let appendedBytes = 0;
  let contentBytes = 0;
  const shrink = createCompressor(ZSTD_LEVEL, CHUNK_BYTES);

  const isWorthwhile = (small: Buffer, plain: Buffer) => small.length < plain.length * WORTHWHILE;

  function pack(hash: Buffer, plain: Buffer, packed: Buffer | null): StoredChunk {
    const isPage = plain.length === PAGE_BYTES;
    const kind = isPage ? FLAG_PAGE : cipher ? FLAG_ENCRYPTED : 0;
    const small = packed && isWorthwhile(packed, plain) ? packed : shrink(plain);
    const isSmall = isWorthwhile(small, plain);
    const flags = isSmall ? kind | FLAG_ZSTD : kind;
    const payload = isSmall ? small : plain;
    return { flags, payload: cipher && !isPage ? cipher.seal(flags, hash, payload) : payload };
  }

  function nameOf(plain: Buffer): Buffer {
    return cipher && plain.length !== PAGE_BYTES ? cipher.nameOf(plain) : digest('sha256', plain, 'buffer');
  }

  function begin(): NonNullable<typeof segment> {
    // The lease's id tells whose it is: nobody else removes it while the lease holds.
    const name = `${leaseId}-${randomBytes(6).toString('hex')}`;
    const path = segmentPath(storeFolder, name);
    try {
      const file = openSync(path, 'wx');
      writeSync(file, encodeSegmentHeader());
      return { name, file, endBytes: SEGMENT_HEADER_BYTES };
    } catch (error) {
      throw systemFault(error, `create segment ${path}`);
    }
  }

  function append(hash: Buffer, flags: number, payload: Buffer): Stored {
    segment ??= begin();
    const header = encodeRecordHeader(flags, hash, payload);
    const stored = {
      segment: segment.name,
      offset: segment.endBytes + RECORD_HEADER_BYTES,
      length: payload.length,
      flags,
    };
    isDurable = false;
    try {
      writeAll(segment.file, header, payload, segment.endBytes);
    } catch (error) {
      throw systemFault(error, `append to segment ${segment.name}`);
    }
    segment.endBytes = stored.offset + payload.length;
    appendedBytes += payload.length;
    if (segment.endBytes >= SEGMENT_TARGET_BYTES) endSegment();
    return stored;
  }

  function endSegment(): void {
    if (!segment) return;
    const { file, name } = segment;
    segment = null;
    try {
      fsyncSync(file);
    } catch (error) {
      throw systemFault(error, `make segment ${name} durable`);
    } finally {
      closeSync(file);
    }
  }

  function store(at: number, hash: Buffer, makePayload: () => StoredChunk): ChunkRef {
    const name = hash.toString('hex');
    let stored = written.get(name) ?? writtenBefore.get(name) ?? null;
    const present = stored ?? (isBlind ? null : index.find(hash));
    if (!present) {
      const { flags, payload } = makePayload();
      stored = append(hash, flags, payload);
      written.set(name, stored);
    }
    contentBytes += (present ?? stored!).length;
    return { index: at, hash: name, stored };
  }

  return {
    put(at, plain, present = null, packed = null) {
      assert(plain.length === CHUNK_BYTES || plain.length === PAGE_BYTES, `a chunk of ${plain.length} bytes`);
      if (plain.length === CHUNK_BYTES && plain.equals(ZERO_CHUNK)) return { index: at, hash: null, stored: null };
      const hash = nameOf(plain);
      if (present?.equals(hash)) return { index: at, hash: hash.toString('hex'), stored: null };
      return store(at, hash, () => pack(hash, plain, packed));
    },
    putStored: (at, hash, flags, payload) => store(at, hash, () => ({ flags, payload })),
    rewrite: append,
    seal() {
      if (isDurable) return;
      try {
        if (segment) fsyncSync(segment.file);
        syncFolder(segmentsFolder(storeFolder));
      } catch (error) {
        throw systemFault(error, 'make a segment durable');
      }
      isDurable = true;
      writtenBefore = written;
      written = new Map();
    },
    close() {
      if (segment) closeSync(segment.file);
      segment = null;
      index.close();
    },
    get appendedBytes() {
      return appendedBytes;
    },
    get contentBytes() {
      return contentBytes;
    },
  };
}

function writeAll(file: number, header: Buffer, payload: Buffer, at: number): void {
  const total = header.length + payload.length;
  let written = writevSync(file, [header, payload], at);
  if (written === total) return;
  const rest = Buffer.concat([header, payload]);
  while (written < total) written += writeSync(file, rest, written, total - written, at + written);
}

/** A new file is durable once its folder is. */
function syncFolder(folder: string): void {
  const descriptor = openSync(folder, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
