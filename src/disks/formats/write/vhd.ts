import { WorldFault } from '../../../base/worldFault.ts';
import { CHUNK_BYTES } from '../../../blocks/format.ts';
import { WINDOW_CHUNKS, type Encode, type Layout, type Write } from './format.ts';

/** VHD, "Virtual Hard Disk Image Format Specification" 1.0 (Microsoft, 2006); all integers big-endian. */
const SECTOR_BYTES = 512;
const BLOCK_BYTES = 2 * 1024 ** 2;
const BLOCK_CHUNKS = BLOCK_BYTES / CHUNK_BYTES;
/** One bit for each of a block's sectors: all are there. */
const BITMAP = Buffer.alloc(BLOCK_BYTES / SECTOR_BYTES / 8, 0xff);
const HEADER_BYTES = 1024;
const TABLE_AT = SECTOR_BYTES + HEADER_BYTES;
const NO_BLOCK = 0xffffffff;
/** Hyper-V's limit. */
const MAX_BYTES = 2040 * 1024 ** 3;
const NOWHERE = 0xffffffffffffffffn;

export function createVhdEncoder(): Encode {
  const blocks = WINDOW_CHUNKS / BLOCK_CHUNKS;
  const out = Buffer.alloc(blocks * (BITMAP.length + BLOCK_BYTES));
  return (window, sizeBytes, read) => {
    let length = 0;
    for (let block = window * blocks; block < (window + 1) * blocks; block++) {
      const at = length + BITMAP.length;
      let hasData = false;
      out.fill(0, at, at + BLOCK_BYTES);
      for (let chunk = 0; chunk < BLOCK_CHUNKS; chunk++) {
        const index = block * BLOCK_CHUNKS + chunk;
        const bytes = index * CHUNK_BYTES < sizeBytes ? read(index) : null;
        bytes?.copy(out, at + chunk * CHUNK_BYTES);
        hasData ||= bytes !== null;
      }
      if (!hasData) continue;
      BITMAP.copy(out, length);
      length = at + BLOCK_BYTES;
    }
    return { bytes: out.subarray(0, length), notes: [] };
  };
}

/** A dynamic disk: the blocks that hold anything. */
export const writeVhd: Write = async function* (layout, pieces) {
  const { sizeBytes, data } = layout;
  const footer = vhdFooter(layout, 'dynamic');
  const entries = Math.ceil(sizeBytes / BLOCK_BYTES);
  const header = Buffer.alloc(HEADER_BYTES);
  header.write('cxsparse', 0, 'latin1');
  header.writeBigUInt64BE(NOWHERE, 8);
  header.writeBigUInt64BE(BigInt(TABLE_AT), 16);
  header.writeUInt32BE(0x00010000, 24);
  header.writeUInt32BE(entries, 28);
  header.writeUInt32BE(BLOCK_BYTES, 32);
  header.writeUInt32BE(checksumOf(header), 36);

  const table = Buffer.alloc(Math.ceil((entries * 4) / SECTOR_BYTES) * SECTOR_BYTES, 0xff);
  let at = TABLE_AT + table.length;
  for (const chunk of data) {
    const entry = Math.floor(chunk / BLOCK_CHUNKS) * 4;
    if (table.readUInt32BE(entry) !== NO_BLOCK) continue;
    table.writeUInt32BE(at / SECTOR_BYTES, entry);
    at += BITMAP.length + BLOCK_BYTES;
  }
  yield footer;
  yield header;
  yield table;
  for await (const { bytes } of pieces) yield bytes;
  yield footer;
};

/** What a VHD ends with; a fixed one is the raw disk and this. */
export function vhdFooter(
  { sizeBytes, identity }: Pick<Layout, 'sizeBytes' | 'identity'>,
  type: 'fixed' | 'dynamic',
): Buffer {
  if (sizeBytes > MAX_BYTES)
    throw new WorldFault('DiskTooLarge', `A VHD holds ${MAX_BYTES / 1024 ** 3} GiB at most. Export the disk as qcow2.`);
  const footer = Buffer.alloc(SECTOR_BYTES);
  footer.write('conectix', 0, 'latin1');
  footer.writeUInt32BE(2, 8);
  footer.writeUInt32BE(0x00010000, 12);
  footer.writeBigUInt64BE(type === 'fixed' ? NOWHERE : BigInt(SECTOR_BYTES), 16);
  // Of another creator readers take the size from the geometry, which can not say it exactly.
  footer.write('win ', 28, 'latin1');
  footer.writeUInt32BE(0x000a0000, 32);
  footer.write('Wi2k', 36, 'latin1');
  footer.writeBigUInt64BE(BigInt(sizeBytes), 40);
  footer.writeBigUInt64BE(BigInt(sizeBytes), 48);
  const { cylinders, heads, sectors } = geometryOf(sizeBytes);
  footer.writeUInt16BE(cylinders, 56);
  footer.writeUInt8(heads, 58);
  footer.writeUInt8(sectors, 59);
  footer.writeUInt32BE(type === 'fixed' ? 2 : 3, 60);
  identity.copy(footer, 68, 0, 16);
  footer.writeUInt32BE(checksumOf(footer), 64);
  return footer;
}

/** The ones' complement of the sum of all bytes, with zeros in the checksum's place. */
const checksumOf = (bytes: Buffer): number => ~bytes.reduce((sum, byte) => sum + byte, 0) >>> 0;

/** The specification's appendix, "CHS calculation". */
function geometryOf(sizeBytes: number): { cylinders: number; heads: number; sectors: number } {
  const total = Math.min(sizeBytes / SECTOR_BYTES, 65535 * 16 * 255);
  const shaped = (heads: number, sectors: number) => ({
    cylinders: Math.floor(Math.floor(total / sectors) / heads),
    heads,
    sectors,
  });
  if (total >= 65535 * 16 * 63) return shaped(16, 255);
  const tracks = Math.floor(total / 17);
  const heads = Math.max(4, Math.floor((tracks + 1023) / 1024));
  if (heads <= 16 && tracks < heads * 1024) return shaped(heads, 17);
  return Math.floor(total / 31) < 16 * 1024 ? shaped(16, 31) : shaped(16, 63);
}
