import { deflateSync } from 'node:zlib';
import { WorldFault } from '../../../base/worldFault.ts';
import { CHUNK_BYTES } from '../../../blocks/format.ts';
import { WINDOW_CHUNKS, type Encode, type Layout, type Write } from './format.ts';

/** VMDK of type streamOptimized, which OVF wants: "Virtual Disk Format 5.0" (VMware, 2011); all integers little-endian. */
const SECTOR_BYTES = 512;
const GRAIN_BYTES = 64 * 1024;
const TABLE_GRAINS = 512;
const TABLE_BYTES = TABLE_GRAINS * 4;
const WINDOW_GRAINS = (WINDOW_CHUNKS * CHUNK_BYTES) / GRAIN_BYTES;
const CHUNK_GRAINS = CHUNK_BYTES / GRAIN_BYTES;
const MARKER_BYTES = 12;
const DESCRIPTOR_SECTORS = 20;
/** Where the grains begin. */
const OVERHEAD_SECTORS = 128;
/** Newlines can be tested, grains are compressed, markers stand before them. */
const FLAGS = 0x30001;
/** In the footer. */
const DIRECTORY_AT_END = 0xffffffffffffffffn;
const MARKERS = { end: 0, table: 1, directory: 2, footer: 3 } as const;
/** Places are 32 bits of sectors. */
const MAX_FILE_SECTORS = 2 ** 32;
const LEVEL = 3;

/** Notes: pairs of a grain and where it begins in the bytes. */
export function createVmdkEncoder(): Encode {
  const zero = Buffer.alloc(GRAIN_BYTES);
  return (window, sizeBytes, read) => {
    const out: Buffer[] = [];
    const notes: number[] = [];
    let length = 0;
    for (let index = window * WINDOW_CHUNKS; index < (window + 1) * WINDOW_CHUNKS; index++) {
      const chunk = index * CHUNK_BYTES < sizeBytes ? read(index) : null;
      if (!chunk) continue;
      for (let at = 0; at < CHUNK_GRAINS; at++) {
        const grain = chunk.subarray(at * GRAIN_BYTES, (at + 1) * GRAIN_BYTES);
        if (grain.equals(zero)) continue;
        const number = index * CHUNK_GRAINS + at;
        const bytes = grainBytes(number, deflateSync(grain, { level: LEVEL }));
        notes.push(number, length);
        out.push(bytes);
        length += bytes.length;
      }
    }
    return { bytes: Buffer.concat(out), notes };
  };
}

function grainBytes(grain: number, compressed: Buffer): Buffer {
  const bytes = Buffer.alloc(roundUp(MARKER_BYTES + compressed.length));
  bytes.writeBigUInt64LE(BigInt((grain * GRAIN_BYTES) / SECTOR_BYTES), 0);
  bytes.writeUInt32LE(compressed.length, 8);
  compressed.copy(bytes, MARKER_BYTES);
  return bytes;
}

const roundUp = (bytes: number) => Math.ceil(bytes / SECTOR_BYTES) * SECTOR_BYTES;

export const writeVmdk: Write = async function* (layout, pieces) {
  const grains = Math.ceil(layout.sizeBytes / GRAIN_BYTES);
  const directory = Buffer.alloc(roundUp(Math.ceil(grains / TABLE_GRAINS) * 4));
  const table = Buffer.alloc(TABLE_BYTES);
  let tableNumber = 0;
  let isEmpty = true;
  let sector = OVERHEAD_SECTORS;
  const count = (bytes: Buffer) => {
    sector += bytes.length / SECTOR_BYTES;
    if (sector >= MAX_FILE_SECTORS)
      throw new WorldFault('DiskTooLarge', 'A VMDK file holds 2 TiB at most. Export the disk as qcow2.');
    return bytes;
  };
  function* endTable(): Generator<Buffer> {
    if (isEmpty) return;
    yield count(marker(MARKERS.table, TABLE_BYTES / SECTOR_BYTES));
    directory.writeUInt32LE(sector, tableNumber * 4);
    yield count(Buffer.from(table));
    table.fill(0);
    isEmpty = true;
  }

  yield header(layout.sizeBytes, DIRECTORY_AT_END);
  yield descriptor(layout);
  // A window lies within one table.
  for await (const { window, bytes, notes } of pieces) {
    const itsTable = Math.floor((window * WINDOW_GRAINS) / TABLE_GRAINS);
    if (itsTable !== tableNumber) yield* endTable();
    tableNumber = itsTable;
    for (let at = 0; at < notes.length; at += 2) {
      table.writeUInt32LE(sector + notes[at + 1]! / SECTOR_BYTES, (notes[at]! % TABLE_GRAINS) * 4);
      isEmpty = false;
    }
    yield count(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  }
  yield* endTable();
  yield count(marker(MARKERS.directory, directory.length / SECTOR_BYTES));
  const directoryAt = BigInt(sector);
  yield count(directory);
  yield count(marker(MARKERS.footer, 1));
  yield count(header(layout.sizeBytes, directoryAt));
  yield count(marker(MARKERS.end, 0));
};

function marker(type: number, sectors: number): Buffer {
  const bytes = Buffer.alloc(SECTOR_BYTES);
  bytes.writeBigUInt64LE(BigInt(sectors), 0);
  bytes.writeUInt32LE(type, MARKER_BYTES);
  return bytes;
}

function header(sizeBytes: number, directoryAt: bigint): Buffer {
  const bytes = Buffer.alloc(SECTOR_BYTES);
  bytes.write('KDMV', 0, 'latin1');
  bytes.writeUInt32LE(3, 4);
  bytes.writeUInt32LE(FLAGS, 8);
  bytes.writeBigUInt64LE(BigInt(sizeBytes / SECTOR_BYTES), 12);
  bytes.writeBigUInt64LE(BigInt(GRAIN_BYTES / SECTOR_BYTES), 20);
  bytes.writeBigUInt64LE(1n, 28);
  bytes.writeBigUInt64LE(BigInt(DESCRIPTOR_SECTORS), 36);
  bytes.writeUInt32LE(TABLE_GRAINS, 44);
  bytes.writeBigUInt64LE(directoryAt, 56);
  bytes.writeBigUInt64LE(BigInt(OVERHEAD_SECTORS), 64);
  bytes.write('\n \r\n', 73, 'latin1');
  // Deflate.
  bytes.writeUInt16LE(1, 77);
  return bytes;
}

/** Fills what is between the header and the grains. */
function descriptor({ sizeBytes, name, identity }: Layout): Buffer {
  const sectors = sizeBytes / SECTOR_BYTES;
  const bytes = Buffer.alloc((OVERHEAD_SECTORS - 1) * SECTOR_BYTES);
  bytes.write(
    `# Disk DescriptorFile
version=1
CID=${identity.toString('hex', 0, 4)}
parentCID=ffffffff
createType="streamOptimized"

# Extent description
RW ${sectors} SPARSE "${name}.vmdk"

# The Disk Data Base
#DDB

ddb.virtualHWVersion = "4"
ddb.geometry.cylinders = "${Math.ceil(sectors / 255 / 63)}"
ddb.geometry.heads = "255"
ddb.geometry.sectors = "63"
ddb.adapterType = "lsilogic"
`,
    'latin1',
  );
  return bytes;
}
