import { crc32 } from 'node:zlib';

export const SECTOR = 512;

/** As UEFI's specification has them (5.3), by GUID of their type. */
const TYPES = {
  biosBoot: '21686148-6449-6E6F-744E-656564454649',
  efiSystem: 'C12A7328-F81F-11D2-BA4B-00A0C93EC93B',
  linux: '0FC63DAF-8483-4772-8E79-3D69D8477DE4',
};

export interface Partition {
  type: keyof typeof TYPES;
  name: string;
  id: string;
  firstSector: number;
  lastSector: number;
}

const ENTRY_BYTES = 128;
const ENTRIES = 128;
const TABLE_SECTORS = (ENTRY_BYTES * ENTRIES) / SECTOR;
const HEADER_BYTES = 92;
const PROTECTIVE = 0xee;

/** What stands before and behind the partitions of a disk: the protective boot record around `loader`, and the table twice. */
export function partitionTable(
  diskId: string,
  diskBytes: number,
  partitions: readonly Partition[],
  loader: Buffer,
): { front: Buffer; back: Buffer } {
  const sectors = diskBytes / SECTOR;
  const table = Buffer.alloc(TABLE_SECTORS * SECTOR);
  for (const [index, { type, name, id, firstSector, lastSector }] of partitions.entries()) {
    const entry = table.subarray(index * ENTRY_BYTES, (index + 1) * ENTRY_BYTES);
    guid(TYPES[type]).copy(entry);
    guid(id).copy(entry, 16);
    entry.writeBigUInt64LE(BigInt(firstSector), 32);
    entry.writeBigUInt64LE(BigInt(lastSector), 40);
    entry.write(name, 56, 'utf16le');
  }
  const header = (own: number, other: number, tableAt: number): Buffer => {
    const sector = Buffer.alloc(SECTOR);
    sector.write('EFI PART', 'latin1');
    sector.writeUInt32LE(0x1_0000, 8);
    sector.writeUInt32LE(HEADER_BYTES, 12);
    const first = 2 + TABLE_SECTORS;
    for (const [at, value] of [own, other, first, sectors - first].entries()) {
      sector.writeBigUInt64LE(BigInt(value), 24 + at * 8);
    }
    guid(diskId).copy(sector, 56);
    sector.writeBigUInt64LE(BigInt(tableAt), 72);
    sector.writeUInt32LE(ENTRIES, 80);
    sector.writeUInt32LE(ENTRY_BYTES, 84);
    sector.writeUInt32LE(crc32(table), 88);
    sector.writeUInt32LE(crc32(sector.subarray(0, HEADER_BYTES)), 16);
    return sector;
  };
  const last = sectors - 1;
  return {
    front: Buffer.concat([bootRecord(loader, sectors), header(1, last, 2), table]),
    back: Buffer.concat([table, header(last, 1, last - TABLE_SECTORS)]),
  };
}

/** One partition over all: older tools see a disk that is in use. */
function bootRecord(loader: Buffer, sectors: number): Buffer {
  const sector = Buffer.alloc(SECTOR);
  // The table begins at 446, the disk's signature at 440.
  loader.copy(sector, 0, 0, 440);
  const entry = 446;
  sector.writeUInt8(2, entry + 2);
  sector.writeUInt8(PROTECTIVE, entry + 4);
  sector.fill(0xff, entry + 5, entry + 8);
  sector.writeUInt32LE(1, entry + 8);
  sector.writeUInt32LE(Math.min(sectors - 1, 0xffff_ffff), entry + 12);
  sector.writeUInt16BE(0x55aa, SECTOR - 2);
  return sector;
}

/** Its first three groups are numbers with the small end first. */
function guid(text: string): Buffer {
  const bytes = Buffer.from(text.replaceAll('-', ''), 'hex');
  for (const [start, end] of [
    [0, 4],
    [4, 6],
    [6, 8],
  ] as const) {
    bytes.subarray(start, end).reverse();
  }
  return bytes;
}
