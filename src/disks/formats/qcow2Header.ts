import { checkDiskSize, imageFileInvalid, type ImageFile } from './source.ts';

/** https://gitlab.com/qemu-project/qemu/-/blob/master/docs/interop/qcow2.rst; all integers big-endian. */
export interface Qcow2Header {
  version: 2 | 3;
  sizeBytes: number;
  clusterBits: number;
  clusterBytes: number;
  compression: 'zlib' | 'zstd';
  /** Host offsets of the L2 tables, 0: none. As many as the size needs. */
  l1: Float64Array;
  /** Host ranges (start, end) of the header, the L1 table and the refcount table. */
  metadata: [number, number][];
}

const MAGIC = 0x514649fb;
const V2_HEADER_BYTES = 72;
const V3_HEADER_BYTES = 104;

const INCOMPATIBLE_DIRTY = 1n;
const INCOMPATIBLE_CORRUPT = 2n;
const INCOMPATIBLE_EXTERNAL_DATA = 4n;
const INCOMPATIBLE_COMPRESSION = 8n;
const INCOMPATIBLE_EXTENDED_L2 = 16n;
/** Only counts of references may be wrong in a dirty image: reading does not need them. */
const READABLE = INCOMPATIBLE_DIRTY | INCOMPATIBLE_COMPRESSION;

/** QEMU's own limits. */
const MIN_CLUSTER_BITS = 9;
const MAX_CLUSTER_BITS = 21;
const MAX_L1_BYTES = 32 * 1024 * 1024;
const MAX_REFCOUNT_TABLE_BYTES = 8 * 1024 * 1024;

const L1_OFFSET = 0x00fffffffffffe00n;
const L1_RESERVED = 0x7f000000000001ffn;

export function readHeader(file: ImageFile): Qcow2Header {
  const invalid = (why: string) => imageFileInvalid(`${file.path} is not a qcow2 image that can be read: ${why}`);
  const header = Buffer.alloc(V3_HEADER_BYTES + 8);
  const present = file.read(header, 0);
  if (present < V2_HEADER_BYTES || header.readUInt32BE(0) !== MAGIC) throw invalid('it does not begin as one');
  const version = header.readUInt32BE(4);
  if (version !== 2 && version !== 3) throw invalid(`version ${version} is not known`);

  const clusterBits = header.readUInt32BE(20);
  if (clusterBits < MIN_CLUSTER_BITS || clusterBits > MAX_CLUSTER_BITS)
    throw invalid(`clusters of 2^${clusterBits} bytes`);
  const clusterBytes = 2 ** clusterBits;

  if (header.readBigUInt64BE(8) !== 0n)
    throw invalid('it has a backing file; make it independent first (qemu-img convert)');
  const encryption = header.readUInt32BE(32);
  if (encryption !== 0) throw invalid('it is encrypted');

  const compression = version === 3 ? readFeatures(header, present, clusterBytes, invalid) : 'zlib';

  /** A table that lies, whole and aligned, in the file. */
  const tableAt = (at: number, bytes: number, name: string): [number, number] => {
    const offset = header.readBigUInt64BE(at);
    if (offset % BigInt(clusterBytes) !== 0n) throw invalid(`its ${name} is not at the start of a cluster`);
    if (offset === 0n || offset + BigInt(bytes) > BigInt(file.sizeBytes))
      throw invalid(`its ${name} lies outside of the file`);
    return [Number(offset), Number(offset) + bytes];
  };

  const size = header.readBigUInt64BE(24);
  if (size > BigInt(Number.MAX_SAFE_INTEGER)) throw invalid(`a disk of ${size} bytes`);
  const sizeBytes = checkDiskSize(Number(size));
  const tablesNeeded = Math.ceil(sizeBytes / (clusterBytes * (clusterBytes / 8)));
  const l1Entries = header.readUInt32BE(36);
  if (l1Entries * 8 > MAX_L1_BYTES) throw invalid('its L1 table is too large');
  if (l1Entries < tablesNeeded) throw invalid('its L1 table is too small for its size');
  const l1Range = tableAt(40, l1Entries * 8, 'L1 table');
  const refcountBytes = header.readUInt32BE(56) * clusterBytes;
  if (refcountBytes === 0 || refcountBytes > MAX_REFCOUNT_TABLE_BYTES)
    throw invalid('its refcount table has an impossible size');
  const refcountRange = tableAt(48, refcountBytes, 'refcount table');
  const metadata: [number, number][] = [[0, clusterBytes], l1Range, refcountRange];
  const sorted = metadata.toSorted((a, b) => a[0] - b[0]);
  for (const [position, [start]] of sorted.entries())
    if (position > 0 && start < sorted[position - 1]![1]) throw invalid('its header and tables overlap');

  const table = Buffer.alloc(tablesNeeded * 8);
  if (file.read(table, l1Range[0]) < table.length) throw invalid('it ends inside of its L1 table');
  const l1 = new Float64Array(tablesNeeded);
  for (let entry = 0; entry < tablesNeeded; entry++) {
    const value = table.readBigUInt64BE(entry * 8);
    if (value & L1_RESERVED) throw invalid(`its L1 table has an unknown entry, ${entry}`);
    const offset = Number(value & L1_OFFSET);
    if (offset % clusterBytes !== 0) throw invalid(`its L2 table ${entry} is not at the start of a cluster`);
    if (offset + clusterBytes > file.sizeBytes) throw invalid(`its L2 table ${entry} lies outside of the file`);
    l1[entry] = offset;
  }
  return { version, sizeBytes, clusterBits, clusterBytes, compression, l1, metadata };
}

function readFeatures(
  header: Buffer,
  present: number,
  clusterBytes: number,
  invalid: (why: string) => Error,
): Qcow2Header['compression'] {
  if (present < V3_HEADER_BYTES) throw invalid('it ends inside of its header');
  const headerBytes = header.readUInt32BE(100);
  if (headerBytes < V3_HEADER_BYTES || headerBytes > clusterBytes || headerBytes % 8 !== 0)
    throw invalid(`a header of ${headerBytes} bytes`);
  const incompatible = header.readBigUInt64BE(72);
  if (incompatible & INCOMPATIBLE_CORRUPT) throw invalid('it is marked as corrupt');
  if (incompatible & INCOMPATIBLE_EXTERNAL_DATA) throw invalid('its data is in another file');
  if (incompatible & INCOMPATIBLE_EXTENDED_L2) throw invalid('it has extended L2 entries (subclusters)');
  if (incompatible & ~READABLE) throw invalid(`it needs features 0x${incompatible.toString(16)} that are not known`);
  if (header.readUInt32BE(96) > 6) throw invalid('its reference counts have an impossible width');
  const type = headerBytes > V3_HEADER_BYTES ? header.readUInt8(104) : 0;
  if (type > 1) throw invalid(`compression type ${type} is not known`);
  if ((type !== 0) !== ((incompatible & INCOMPATIBLE_COMPRESSION) !== 0n))
    throw invalid('its compression type contradicts its features');
  return type === 1 ? 'zstd' : 'zlib';
}
