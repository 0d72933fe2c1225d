import { crc32 } from 'node:zlib';
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
export const FLAG_ENCRYPTED = 4;
const KNOWN_FLAGS = FLAG_ZSTD | FLAG_PAGE | FLAG_ENCRYPTED;

export const GCM_NONCE_BYTES = 12;
export const GCM_TAG_BYTES = 16;
/** Of a chunk that does not compress, encrypted. */
export const MAX_PAYLOAD_BYTES = CHUNK_BYTES + GCM_NONCE_BYTES + GCM_TAG_BYTES;

const SEGMENT_MAGIC = Buffer.from('TJSEGM', 'latin1');
const RECORD_MAGIC = 0x4b434a54; // 'TJCK', little-endian

export const ZERO_CHUNK = Buffer.alloc(CHUNK_BYTES);
export const ZERO_HASH = Buffer.alloc(HASH_BYTES);

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

export function checkSegmentVersion(header: Buffer, segment: string): void {
  const isSegment = header.subarray(0, SEGMENT_MAGIC.length).equals(SEGMENT_MAGIC);
  const version = isSegment ? header.readUInt16LE(6) : FORMAT_VERSION;
  if (version > FORMAT_VERSION)
    throw new WorldFault('FormatTooNew', `Segment ${segment} has format version ${version}`);
}

export function encodeRecordHeader(flags: number, hash: Uint8Array, payload: Uint8Array): Buffer {
  const header = Buffer.alloc(RECORD_HEADER_BYTES);
  header.writeUInt32LE(RECORD_MAGIC, 0);
  header.writeUInt8(flags, 4);
  header.writeUInt32LE(payload.length, 8);
  header.set(hash, 16);
  header.writeUInt32LE(recordChecksum(header, payload), 12);
  return header;
}

/** What is wrong with a record that should hold the chunk `hash`, or null. Finds any damage but for one in four thousand million. */
export function recordFlaw(header: Buffer, hash: Uint8Array, flags: number, payload: Buffer): string | null {
  if (header.readUInt32LE(0) !== RECORD_MAGIC) return 'no record begins where it should';
  if (!header.subarray(16).equals(hash)) return 'another chunk stands in its place';
  if (header.readUInt8(4) !== flags || header.readUInt32LE(8) !== payload.length)
    return 'its record and the index differ';
  return header.readUInt32LE(12) === recordChecksum(header, payload) ? null : 'its record does not match its checksum';
}

/** What a record's header says stands behind it; null: no record begins here. */
export function readRecordHeader(header: Buffer): { flags: number; length: number; hash: Buffer } | null {
  if (header.length < RECORD_HEADER_BYTES || header.readUInt32LE(0) !== RECORD_MAGIC) return null;
  const length = header.readUInt32LE(8);
  if (length > MAX_PAYLOAD_BYTES) return null;
  return { flags: header.readUInt8(4), length, hash: Buffer.from(header.subarray(16, RECORD_HEADER_BYTES)) };
}

function recordChecksum(header: Buffer, payload: Uint8Array): number {
  return crc32(payload, crc32(header.subarray(16), crc32(header.subarray(0, 12))));
}

export function assertKnownFlags(flags: number): void {
  if (flags & ~KNOWN_FLAGS || (flags & FLAG_PAGE && flags & FLAG_ENCRYPTED))
    throw new WorldFault('FormatTooNew', `A chunk has flags ${flags}, which this version does not know`);
}
