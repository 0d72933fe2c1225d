import { WorldFault } from '../../base/worldFault.ts';
import { CHUNK_BYTES, chunkCount } from '../../blocks/format.ts';
import { checkDiskSize, imageFileInvalid, SECTOR_BYTES, type ImageFile, type TabledSource } from './source.ts';

/** "Virtual Hard Disk Image Format Specification", Microsoft, 2006; all integers big-endian. */

const FOOTER_BYTES = 512;
const HEADER_BYTES = 1024;
const FILE_VERSION = 0x00010000;
const TYPE_FIXED = 2;
const TYPE_DYNAMIC = 3;
const TYPE_DIFFERENCING = 4;
const UNUSED = 0xffffffff;
/** Sectors; the specification knows 512 KiB and 2 MiB, and tools write others. */
const MAX_BLOCK_BYTES = 256 * 1024 * 1024;
/** Entries of four bytes: 16 TiB in blocks of 2 MiB. */
const MAX_TABLE_ENTRIES = 8 * 1024 * 1024;

interface Footer {
  type: number;
  dataOffset: bigint;
  sizeBytes: number;
}

/** A VHD image, fixed or dynamic. */
export function openVhd(file: ImageFile): TabledSource {
  const footer = readFooter(file);
  if (footer.type === TYPE_FIXED) return openFixed(file, footer);
  return openDynamic(file, footer);
}

const invalid = (file: ImageFile, why: string): Error =>
  imageFileInvalid(`${file.path} is not a VHD image that can be read: ${why}`);

function readFooter(file: ImageFile): Footer {
  const bytes = Buffer.alloc(FOOTER_BYTES);
  if (file.sizeBytes < FOOTER_BYTES || file.read(bytes, file.sizeBytes - FOOTER_BYTES) < FOOTER_BYTES)
    throw invalid(file, 'it is too short');
  if (bytes.toString('latin1', 0, 8) !== 'conectix') throw invalid(file, 'it does not end as one');
  if (!isSummed(bytes, 64)) throw invalid(file, 'its footer does not match its checksum');
  if (bytes.readUInt32BE(12) !== FILE_VERSION) throw invalid(file, 'its version is not known');
  const type = bytes.readUInt32BE(60);
  if (type === TYPE_DIFFERENCING) throw invalid(file, 'it is a differencing disk: it lacks its parent');
  if (type !== TYPE_FIXED && type !== TYPE_DYNAMIC) throw invalid(file, `its disk type ${type} is not known`);
  const size = bytes.readBigUInt64BE(48);
  if (size > BigInt(Number.MAX_SAFE_INTEGER) || size % BigInt(SECTOR_BYTES) !== 0n)
    throw invalid(file, `a disk of ${size} bytes`);
  return { type, dataOffset: bytes.readBigUInt64BE(16), sizeBytes: checkDiskSize(Number(size)) };
}

/** The one's complement of the sum of all bytes but those of the sum itself. */
function isSummed(bytes: Buffer, at: number): boolean {
  let sum = 0;
  for (const [position, byte] of bytes.entries()) if (position < at || position >= at + 4) sum += byte;
  return bytes.readUInt32BE(at) === ~sum >>> 0;
}

function openFixed(file: ImageFile, { sizeBytes }: Footer): TabledSource {
  if (file.sizeBytes !== sizeBytes + FOOTER_BYTES)
    throw invalid(file, `${sizeBytes} bytes of a disk and a footer are not its ${file.sizeBytes} bytes`);
  return {
    sizeBytes,
    readChunk(index, into) {
      const start = index * CHUNK_BYTES;
      const part = into.subarray(0, Math.min(CHUNK_BYTES, sizeBytes - start));
      if (file.read(part, start) < part.length) throw invalid(file, 'it became shorter while it was read');
      into.fill(0, part.length);
      return 'data';
    },
    nextData: (index) => Math.min(index, chunkCount(sizeBytes)),
    checkTables() {},
    close: () => file.close(),
  };
}

interface Dynamic {
  blockBytes: number;
  /** Of the sectors that hold data, before each block. Which of them do is not asked: the others are zero. */
  bitmapBytes: number;
  /** First sector of each block, or `UNUSED`. */
  table: Uint32Array;
  /** Ranges (start, end) of the copy of the footer, the header and the table. */
  metadata: [number, number][];
}

function readDynamic(file: ImageFile, { dataOffset, sizeBytes }: Footer): Dynamic {
  const endBytes = file.sizeBytes - FOOTER_BYTES;
  const copy = Buffer.alloc(FOOTER_BYTES);
  file.read(copy, 0);
  if (copy.toString('latin1', 0, 8) !== 'conectix') throw invalid(file, 'it does not begin with a copy of its footer');
  if (dataOffset % BigInt(SECTOR_BYTES) !== 0n || dataOffset < BigInt(FOOTER_BYTES))
    throw invalid(file, 'its header is not at the start of a sector');
  if (dataOffset + BigInt(HEADER_BYTES) > BigInt(endBytes)) throw invalid(file, 'its header lies outside of the file');
  const headerAt = Number(dataOffset);
  const header = Buffer.alloc(HEADER_BYTES);
  file.read(header, headerAt);
  if (header.toString('latin1', 0, 8) !== 'cxsparse') throw invalid(file, 'its header does not begin as one');
  if (!isSummed(header, 36)) throw invalid(file, 'its header does not match its checksum');
  if (header.readUInt32BE(24) !== FILE_VERSION) throw invalid(file, "its header's version is not known");
  if (header.subarray(40, 56).some((byte) => byte !== 0) || header.subarray(576, 768).some((byte) => byte !== 0))
    throw invalid(file, 'it names a parent, which it has none of');

  const blockBytes = header.readUInt32BE(32);
  if (blockBytes < SECTOR_BYTES || blockBytes > MAX_BLOCK_BYTES || (blockBytes & (blockBytes - 1)) !== 0)
    throw invalid(file, `blocks of ${blockBytes} bytes`);
  const entries = header.readUInt32BE(28);
  if (entries > MAX_TABLE_ENTRIES) throw invalid(file, 'its block table is too large');
  const needed = Math.ceil(sizeBytes / blockBytes);
  if (entries < needed)
    throw new WorldFault(
      'VhdSizeInvalid',
      `${file.path} is not a VHD image that can be read: ${entries} blocks of ${blockBytes} bytes do not hold ${sizeBytes} bytes`,
    );
  const tableOffset = header.readBigUInt64BE(16);
  if (tableOffset % BigInt(SECTOR_BYTES) !== 0n) throw invalid(file, 'its block table is not at the start of a sector');
  if (tableOffset + BigInt(entries * 4) > BigInt(endBytes))
    throw invalid(file, 'its block table lies outside of the file');
  const tableAt = Number(tableOffset);

  const metadata: [number, number][] = [
    [0, FOOTER_BYTES],
    [headerAt, headerAt + HEADER_BYTES],
    [tableAt, tableAt + entries * 4],
  ];
  const bytes = Buffer.alloc(needed * 4);
  if (file.read(bytes, tableAt) < bytes.length) throw invalid(file, 'it ends inside of its block table');
  bytes.swap32();
  const table = new Uint32Array(bytes.buffer, bytes.byteOffset, needed);
  const bitmapBytes = Math.ceil(blockBytes / SECTOR_BYTES / 8 / SECTOR_BYTES) * SECTOR_BYTES;
  return { blockBytes, bitmapBytes, table, metadata };
}

function openDynamic(file: ImageFile, footer: Footer): TabledSource {
  const { sizeBytes } = footer;
  const dynamic = readDynamic(file, footer);
  const { blockBytes, bitmapBytes, table } = dynamic;

  return {
    sizeBytes,
    readChunk(index, into) {
      const chunkStart = index * CHUNK_BYTES;
      const chunkEnd = Math.min(chunkStart + CHUNK_BYTES, sizeBytes);
      let isZero = true;
      for (let from = chunkStart; from < chunkEnd;) {
        const block = Math.floor(from / blockBytes);
        const to = Math.min(chunkEnd, (block + 1) * blockBytes);
        const part = into.subarray(from - chunkStart, to - chunkStart);
        const sector = table[block]!;
        if (sector === UNUSED) {
          if (!isZero) part.fill(0);
        } else {
          if (isZero) into.fill(0, 0, from - chunkStart);
          isZero = false;
          const at = sector * SECTOR_BYTES + bitmapBytes + (from - block * blockBytes);
          if (file.read(part, at) < part.length) throw invalid(file, `the data at ${from} lies outside of the file`);
        }
        from = to;
      }
      if (isZero) return 'zero';
      into.fill(0, chunkEnd - chunkStart);
      return 'data';
    },
    nextData(index) {
      let block = Math.floor((index * CHUNK_BYTES) / blockBytes);
      while (block < table.length && table[block] === UNUSED) block++;
      if (block === table.length) return chunkCount(sizeBytes);
      return Math.min(Math.max(index, Math.floor((block * blockBytes) / CHUNK_BYTES)), chunkCount(sizeBytes));
    },
    checkTables: () => checkTables(file, footer, dynamic),
    close: () => file.close(),
  };
}

/** Every block inside of the file, and nowhere two things. */
function checkTables(
  file: ImageFile,
  { sizeBytes }: Footer,
  { blockBytes, bitmapBytes, table, metadata }: Dynamic,
): void {
  const endBytes = file.sizeBytes - FOOTER_BYTES;
  const sectors = table.filter((sector) => sector !== UNUSED).sort();
  let before = 0;
  for (const [position, sector] of sectors.entries()) {
    const start = sector * SECTOR_BYTES;
    if (position > 0 && start < before) throw invalid(file, 'its blocks overlap');
    before = start + bitmapBytes + blockBytes;
  }
  for (const [block, sector] of table.entries()) {
    if (sector === UNUSED) continue;
    const start = sector * SECTOR_BYTES;
    // The last block's part behind the disk's end need not be there.
    const end = start + bitmapBytes + Math.min(blockBytes, sizeBytes - block * blockBytes);
    if (end > endBytes) throw invalid(file, `block ${block} lies outside of the file`);
    if (metadata.some(([from, to]) => start < to && end > from))
      throw invalid(file, `block ${block} is inside of a table`);
  }
  const sorted = metadata.toSorted((a, b) => a[0] - b[0]);
  if (sorted.some(([start], at) => at > 0 && start < sorted[at - 1]![1]))
    throw invalid(file, 'its header and table overlap');
}
