import { WorldFault } from '../base/worldFault.ts';

/** Every number of docs/format.md that segments and maps are made of. */

/** Plain bytes of one data chunk; a disk's last one is padded with zeros. */
export const CHUNK_BYTES = 256 * 1024;
export const HASH_BYTES = 32;
export const PAGE_ENTRIES = 1024;
export const PAGE_BYTES = PAGE_ENTRIES * HASH_BYTES;
/** Pages between a root and its chunks. The same for every size, so that growing a disk never changes its root. */
export const MAP_LEVELS = 3;
export const MAX_DISK_BYTES = PAGE_ENTRIES ** MAP_LEVELS * CHUNK_BYTES;

export const FORMAT_VERSION = 1;

export const SEGMENT_HEADER_BYTES = 16;
export const RECORD_HEADER_BYTES = 48;
/** A writer begins another segment once one holds this much. */
export const SEGMENT_TARGET_BYTES = 128 * 1024 * 1024;

/** Record flags. */
export const FLAG_ZSTD = 1;
export const FLAG_PAGE = 2;
const KNOWN_FLAGS = FLAG_ZSTD | FLAG_PAGE;

const SEGMENT_MAGIC = Buffer.from('TJSEGM', 'latin1');
const RECORD_MAGIC = 0x4b434a54; // 'TJCK', little-endian

export const ZERO_CHUNK = Buffer.alloc(CHUNK_BYTES);
export const ZERO_HASH = Buffer.alloc(HASH_BYTES);

export interface RecordHeader {
  flags: number;
  /** Bytes of the payload that follows. */
  length: number;
  hash: Buffer;
}

export function plainBytes(flags: number): number {
  return flags & FLAG_PAGE ? PAGE_BYTES : CHUNK_BYTES;
}

export function chunkCount(sizeBytes: number): number {
  return Math.ceil(sizeBytes / CHUNK_BYTES);
}

export function encodeSegmentHeader(): Buffer {
  const header = Buffer.alloc(SEGMENT_HEADER_BYTES);
  SEGMENT_MAGIC.copy(header);
  header.writeUInt16LE(FORMAT_VERSION, 6);
  return header;
}

/** What is wrong with a segment's first bytes, or null. */
export function segmentHeaderFlaw(header: Buffer): string | null {
  if (header.length < SEGMENT_HEADER_BYTES) return 'the segment is shorter than its header';
  if (!header.subarray(0, SEGMENT_MAGIC.length).equals(SEGMENT_MAGIC))
    return 'the segment does not begin with its magic';
  const version = header.readUInt16LE(6);
  return version === FORMAT_VERSION ? null : `the segment has format version ${version}`;
}

export function encodeRecordHeader(header: RecordHeader): Buffer {
  const bytes = Buffer.alloc(RECORD_HEADER_BYTES);
  bytes.writeUInt32LE(RECORD_MAGIC, 0);
  bytes.writeUInt8(header.flags, 4);
  bytes.writeUInt32LE(header.length, 8);
  bytes.writeUInt32LE(plainBytes(header.flags), 12);
  header.hash.copy(bytes, 16);
  return bytes;
}

/** Null: not a record of this format. */
export function decodeRecordHeader(bytes: Buffer): RecordHeader | null {
  if (bytes.length < RECORD_HEADER_BYTES || bytes.readUInt32LE(0) !== RECORD_MAGIC) return null;
  const flags = bytes.readUInt8(4);
  const length = bytes.readUInt32LE(8);
  if (flags & ~KNOWN_FLAGS || bytes.readUInt32LE(12) !== plainBytes(flags) || length > plainBytes(flags)) return null;
  return { flags, length, hash: Buffer.from(bytes.subarray(16, RECORD_HEADER_BYTES)) };
}

export function assertKnownFlags(flags: number): void {
  if (flags & ~KNOWN_FLAGS)
    throw new WorldFault('FormatTooNew', `A chunk has flags ${flags}, which this version does not know`);
}
