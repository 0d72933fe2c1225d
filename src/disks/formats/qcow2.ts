import { zstdCompressSync } from 'node:zlib';
import { createInflater } from '../../base/inflate.ts';
import { createDecompressor } from '../../base/zstd.ts';
import { CHUNK_BYTES, chunkCount } from '../../blocks/format.ts';
import { createRecent } from '../../blocks/recent.ts';
import { readHeader, type Qcow2Header } from './qcow2Header.ts';
import { imageFileInvalid, SECTOR_BYTES, type ImageFile, type TabledSource } from './source.ts';
import { refuseBomb } from './bomb.ts';
import { zstdContentBytes, zstdFrameBytes } from './zstdFrame.ts';

interface Compressed {
  kind: 'compressed';
  offset: number;
  length: number;
}
type Cluster = { kind: 'zero' } | { kind: 'data'; offset: number } | Compressed;

/** Smaller ones, which are packed apart, would take more room than their chunk as one. 64 KiB is what tools write. */
const FRAME_CLUSTER_BYTES = 64 * 1024;

/** L2 tables kept, one cluster each. */
const RECENT_TABLES = 16;

const FLAG_COPIED = 1n << 63n;
const FLAG_COMPRESSED = 1n << 62n;
const FLAG_ZERO = 1n;
const L2_OFFSET = 0x00fffffffffffe00n;
const L2_RESERVED = 0x3f000000000001fen;
const ZERO: Cluster = { kind: 'zero' };

/** The active state of a qcow2 image, versions 2 and 3; its internal snapshots are left out. */
export function openQcow2(file: ImageFile): TabledSource {
  const header = readHeader(file);
  const { sizeBytes, clusterBytes } = header;
  const tables = createRecent<number, Buffer>(RECENT_TABLES);
  const perTable = clusterBytes / 8;
  const decompress = createClusterReader(file, header);

  function clusterAt(cluster: number): Cluster {
    const tableOffset = header.l1[Math.floor(cluster / perTable)]!;
    if (tableOffset === 0) return ZERO;
    const table = tables.get(tableOffset, () => readTable(file, tableOffset, clusterBytes));
    return decodeEntry(table.readBigUInt64BE((cluster % perTable) * 8), cluster, header, file);
  }

  /** Reads [start, end) of the disk, inside of one cluster. */
  function readPart(cluster: Exclude<Cluster, { kind: 'zero' }>, start: number, into: Buffer): void {
    const within = start % clusterBytes;
    if (cluster.kind === 'data') {
      if (file.read(into, cluster.offset + within) < into.length)
        throw invalid(file, `the data at ${start} lies outside of the file`);
    } else {
      const plain = decompress(cluster, start);
      plain.copy(into, 0, within, within + into.length);
    }
  }

  function createFrameReader(): NonNullable<TabledSource['readFrames']> {
    const unpack = createDecompressor();
    const sectors = Buffer.allocUnsafeSlow(2 * clusterBytes);
    const frames = Buffer.allocUnsafeSlow(CHUNK_BYTES);
    const zeros = zstdCompressSync(Buffer.alloc(clusterBytes));

    function frameOf(cluster: Cluster): Buffer | null {
      if (cluster.kind === 'zero') return zeros;
      if (cluster.kind === 'data' || cluster.length > sectors.length) return null;
      const bytes = sectors.subarray(0, file.read(sectors.subarray(0, cluster.length), cluster.offset));
      const length = zstdFrameBytes(bytes);
      return length !== null && zstdContentBytes(bytes) === clusterBytes ? bytes.subarray(0, length) : null;
    }

    return (index, into) => {
      const first = (index * CHUNK_BYTES) / clusterBytes;
      const count = CHUNK_BYTES / clusterBytes;
      if ((first + count) * clusterBytes > sizeBytes) return null;
      let filled = 0;
      let isZero = true;
      for (let at = first; at < first + count; at++) {
        const frame = frameOf(clusterAt(at));
        if (frame === null || filled + frame.length > frames.length) return null;
        filled += frame.copy(frames, filled);
        isZero &&= frame === zeros;
      }
      if (isZero) return null;
      // What is kept is what was unpacked, by the same means as it will be.
      const packed = frames.subarray(0, filled);
      try {
        const plain = unpack(packed, into);
        if (plain.length !== CHUNK_BYTES) return null;
        if (plain !== into) plain.copy(into);
        return packed;
      } catch {
        return null;
      }
    };
  }

  return {
    sizeBytes,
    ...(header.compression === 'zstd' &&
      clusterBytes >= FRAME_CLUSTER_BYTES &&
      clusterBytes <= CHUNK_BYTES && { readFrames: createFrameReader() }),
    readChunk(index, into) {
      const chunkStart = index * CHUNK_BYTES;
      const chunkEnd = Math.min(chunkStart + CHUNK_BYTES, sizeBytes);
      let isZero = true;
      let from = chunkStart;
      while (from < chunkEnd) {
        const first = clusterAt(Math.floor(from / clusterBytes));
        let to = Math.min(chunkEnd, (Math.floor(from / clusterBytes) + 1) * clusterBytes);
        // Neighbours that are neighbours in the file too are read together.
        while (to < chunkEnd && first.kind === 'data') {
          const next = clusterAt(to / clusterBytes);
          if (
            next.kind !== 'data' ||
            next.offset !== first.offset + to - Math.floor(from / clusterBytes) * clusterBytes
          )
            break;
          to = Math.min(chunkEnd, to + clusterBytes);
        }
        const part = into.subarray(from - chunkStart, to - chunkStart);
        if (first.kind === 'zero') {
          if (!isZero) part.fill(0);
        } else {
          if (isZero) into.fill(0, 0, from - chunkStart);
          isZero = false;
          readPart(first, from, part);
        }
        from = to;
      }
      if (isZero) return 'zero';
      into.fill(0, chunkEnd - chunkStart);
      return 'data';
    },
    nextData(index) {
      const chunks = chunkCount(sizeBytes);
      let at = index * CHUNK_BYTES;
      while (at < sizeBytes) {
        const table = Math.floor(at / (clusterBytes * perTable));
        if (header.l1[table] !== 0) return Math.floor(at / CHUNK_BYTES);
        at = (table + 1) * clusterBytes * perTable;
      }
      return chunks;
    },
    checkTables: () => checkTables(file, header),
    close: () => file.close(),
  };
}

function readTable(file: ImageFile, offset: number, clusterBytes: number): Buffer {
  const table = Buffer.allocUnsafeSlow(clusterBytes);
  if (file.read(table, offset) < clusterBytes) throw invalid(file, 'it ends inside of an L2 table');
  return table;
}

function decodeEntry(
  entry: bigint,
  cluster: number,
  { version, clusterBits, clusterBytes, sizeBytes }: Qcow2Header,
  file: ImageFile,
): Cluster {
  if (entry === 0n) return ZERO;
  const position = cluster * clusterBytes;
  if (entry & FLAG_COMPRESSED) {
    if (entry & FLAG_COPIED) throw invalid(file, `the entry for ${position} is not known`);
    const lengthShift = BigInt(62 - (clusterBits - 8));
    const descriptor = entry & (FLAG_COMPRESSED - 1n);
    const offset = Number(descriptor & ((1n << lengthShift) - 1n));
    const sectors = Number(descriptor >> lengthShift) + 1;
    // The last sector may be one that the file has only in part.
    const length = Math.min(sectors * SECTOR_BYTES - (offset % SECTOR_BYTES), file.sizeBytes - offset);
    if (length <= 0) throw invalid(file, `the compressed data for ${position} lies outside of the file`);
    return { kind: 'compressed', offset, length };
  }
  if (entry & L2_RESERVED) throw invalid(file, `the entry for ${position} is not known`);
  const offset = Number(entry & L2_OFFSET);
  if (offset % clusterBytes !== 0) throw invalid(file, `the data for ${position} is not at the start of a cluster`);
  if (entry & FLAG_ZERO) {
    if (version === 2) throw invalid(file, `the entry for ${position} is not known in version 2`);
    return ZERO;
  }
  if (offset === 0) return ZERO;
  // The last cluster's part behind the disk's end need not be there.
  const needed = Math.min(clusterBytes, sizeBytes - position);
  if (offset + needed > file.sizeBytes) throw invalid(file, `the data for ${position} lies outside of the file`);
  return { kind: 'data', offset };
}

/** Decompressed clusters of one image; the last one is kept, since chunks may be smaller. */
function createClusterReader(file: ImageFile, { clusterBytes, compression }: Qcow2Header) {
  const unpack = compression === 'zlib' ? createInflater(clusterBytes) : createZstdReader(clusterBytes);
  let payload: Buffer = Buffer.allocUnsafeSlow(clusterBytes);
  let last: { offset: number; plain: Buffer } | null = null;

  return (cluster: Compressed, at: number): Buffer => {
    const { offset, length } = cluster;
    if (last?.offset === offset) return last.plain;
    // The one that is kept is overwritten, whether or not this one can be read.
    last = null;
    if (payload.length < length) payload = Buffer.allocUnsafeSlow(length);
    const packed = payload.subarray(0, length);
    if (file.read(packed, offset) < length)
      throw invalid(file, `the compressed data for ${at} lies outside of the file`);
    let plain: Buffer;
    try {
      plain = unpack(packed);
    } catch (error) {
      throw invalid(file, `the compressed data for ${at} is damaged`, error);
    }
    if (plain.length !== clusterBytes) throw invalid(file, `the compressed data for ${at} is too short`);
    last = { offset, plain };
    return plain;
  };
}

function createZstdReader(clusterBytes: number): (packed: Buffer) => Buffer {
  const decompress = createDecompressor();
  const plain = Buffer.allocUnsafeSlow(clusterBytes);
  return (packed) => {
    // The sectors may hold more than the frame.
    const frameBytes = zstdFrameBytes(packed);
    if (frameBytes === null) throw new Error('no whole frame');
    return decompress(packed.subarray(0, frameBytes), plain);
  };
}

/** Bits held for the clusters of a file, 32 MiB of each kind. */
const MAX_FILE_CLUSTERS = 2 ** 28;

/**
 * Every table, before any data is read: each inside of the file, used once, no data where a table is, and no two clusters of the disk with the same
 * data, which would make a small file a vast disk. Memory is bounded by the header's own limits.
 */
function checkTables(file: ImageFile, header: Qcow2Header): void {
  const { clusterBytes, l1, metadata, sizeBytes } = header;
  const fileClusters = Math.ceil(file.sizeBytes / clusterBytes);
  if (fileClusters > MAX_FILE_CLUSTERS) throw invalid(file, `${fileClusters} clusters are too many`);
  const tables = createBits(fileClusters);
  const data = createBits(fileClusters);
  const compressed = createBits(fileClusters);
  for (const [start, end] of metadata) for (let at = start; at < end; at += clusterBytes) tables.set(at / clusterBytes);
  for (const offset of l1) {
    if (offset !== 0 && !tables.set(offset / clusterBytes)) throw invalid(file, 'its tables overlap');
  }
  const perTable = clusterBytes / 8;
  const clusters = Math.ceil(sizeBytes / clusterBytes);
  let unpackedBytes = 0;
  for (const [tableIndex, offset] of l1.entries()) {
    if (offset === 0) continue;
    const table = readTable(file, offset, clusterBytes);
    const first = tableIndex * perTable;
    for (let entry = 0; entry < perTable && first + entry < clusters; entry++) {
      const cluster = decodeEntry(table.readBigUInt64BE(entry * 8), first + entry, header, file);
      if (cluster.kind === 'zero') continue;
      const position = (first + entry) * clusterBytes;
      const from = Math.floor(cluster.offset / clusterBytes);
      const to = cluster.kind === 'data' ? from : Math.floor((cluster.offset + cluster.length - 1) / clusterBytes);
      if (tables.has(from) || tables.has(to)) throw invalid(file, `the data for ${position} is inside of a table`);
      const others = cluster.kind === 'data' ? compressed : data;
      const isNew = cluster.kind === 'data' ? data.set(from) : (compressed.set(from), compressed.set(to), true);
      if (!isNew || others.has(from) || others.has(to)) throw invalid(file, `the data for ${position} is used twice`);
      if (cluster.kind === 'compressed') unpackedBytes += clusterBytes;
    }
  }
  refuseBomb(file.path, unpackedBytes, file.sizeBytes);
}

/** `set` answers whether that one was not set before. */
function createBits(count: number): { has(at: number): boolean; set(at: number): boolean } {
  const bits = new Uint8Array(Math.ceil(count / 8));
  const has = (at: number) => (bits[at >>> 3]! & (1 << (at & 7))) !== 0;
  return {
    has,
    set(at) {
      if (has(at)) return false;
      bits[at >>> 3]! |= 1 << (at & 7);
      return true;
    },
  };
}

function invalid(file: ImageFile, why: string, cause?: unknown): Error {
  return imageFileInvalid(`${file.path} is not a qcow2 image that can be read: ${why}`, cause);
}
