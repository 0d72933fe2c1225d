import { readSome, type ImageFile } from './source.ts';

/** "[MS-VHDX] Virtual Hard Disk v2 File Format", Microsoft; all integers little-endian, GUIDs as they lie in the file. */

const REGION_TABLES_AT = [192 * 1024, 256 * 1024];
const TABLE_BYTES = 64 * 1024;
/** Of both kinds of table: as many as the specification allows. */
const MAX_ENTRIES = 2047;
const ENTRY_BYTES = 32;
/** Eight bytes for each block: 8 TiB in blocks of 1 MiB, the smallest. */
const MAX_BLOCK_TABLE_BYTES = 64 * 1024 * 1024;
const MIN_BLOCK_BYTES = 1024 * 1024;

const guid = (text: string) => {
  const bytes = Buffer.from(text.replaceAll('-', ''), 'hex');
  bytes.subarray(0, 4).reverse();
  bytes.subarray(4, 6).reverse();
  bytes.subarray(6, 8).reverse();
  return bytes.toString('hex');
};
const BLOCK_TABLE = guid('2dc27766-f623-4200-9d64-115e9bfd4a08');
const METADATA = guid('8b7ca206-4790-4b9a-b8fe-575f050f886e');
const FILE_PARAMETERS = guid('caa16737-fa36-4d43-b3b6-33f0aa44e76b');
const PARENT_LOCATOR = guid('a8d35f2d-b30b-454d-abf7-d3d84834ab0c');
const HAS_PARENT = 2;
/** Of a block: all of it is in the file. What is in no such state is zero, or makes a reader stop. */
const FULLY_PRESENT = 6;

type Invalid = (why: string) => Error;

interface Region {
  at: number;
  sizeBytes: number;
}

/**
 * Refuses what needs a parent, and what holds more data than its file: a block used a thousand times. By either copy of the region table, as
 * which one a program reads is its own choice.
 */
export function checkVhdx(file: ImageFile, invalid: Invalid): void {
  if (readSome(file, 0, 8).toString('latin1') !== 'vhdxfile') throw invalid('it does not begin as one');
  let isWhole = false;
  for (const at of REGION_TABLES_AT) {
    const regions = readRegions(file, at, invalid);
    // One copy may be damaged: programs take the other.
    if (regions === null) continue;
    const [metadata, table] = [regions.get(METADATA), regions.get(BLOCK_TABLE)];
    if (!metadata || !table) throw invalid('it lacks its metadata or its block table');
    checkBlocks(file, table, blockBytesIn(file, metadata.at, invalid), invalid);
    isWhole = true;
  }
  if (!isWhole) throw invalid('it has no region table');
}

function readRegions(file: ImageFile, at: number, invalid: Invalid): Map<string, Region> | null {
  const table = readSome(file, at, TABLE_BYTES);
  if (table.length < TABLE_BYTES || table.toString('latin1', 0, 4) !== 'regi') return null;
  const count = table.readUInt32LE(8);
  if (count > MAX_ENTRIES) throw invalid('its region table is too large');
  const regions = new Map<string, Region>();
  for (let entry = 16; entry < 16 + count * ENTRY_BYTES; entry += ENTRY_BYTES) {
    const id = table.toString('hex', entry, entry + 16);
    const [start, sizeBytes] = [table.readBigUInt64LE(entry + 16), table.readUInt32LE(entry + 24)];
    if (start + BigInt(sizeBytes) > BigInt(file.sizeBytes)) throw invalid('a region of it lies outside of the file');
    if (regions.has(id)) throw invalid('it has the same region twice');
    regions.set(id, { at: Number(start), sizeBytes });
  }
  return regions;
}

/** Throws where it has a parent. */
function blockBytesIn(file: ImageFile, at: number, invalid: Invalid): number {
  const table = readSome(file, at, TABLE_BYTES);
  if (table.length < TABLE_BYTES || table.toString('latin1', 0, 8) !== 'metadata')
    throw invalid('its metadata does not begin as such');
  const count = table.readUInt16LE(10);
  if (count > MAX_ENTRIES) throw invalid('its metadata table is too large');
  let blockBytes: number | null = null;
  for (let entry = 32; entry < 32 + count * ENTRY_BYTES; entry += ENTRY_BYTES) {
    const id = table.toString('hex', entry, entry + 16);
    if (id === PARENT_LOCATOR) throw invalid('it lacks its parent');
    if (id !== FILE_PARAMETERS) continue;
    if (blockBytes !== null) throw invalid('it has its parameters twice');
    const parameters = readSome(file, at + table.readUInt32LE(entry + 16), 8);
    if (parameters.length < 8) throw invalid('its parameters lie outside of the file');
    if ((parameters.readUInt32LE(4) & HAS_PARENT) !== 0) throw invalid('it lacks its parent');
    blockBytes = parameters.readUInt32LE(0);
  }
  if (blockBytes === null || blockBytes < MIN_BLOCK_BYTES) throw invalid('it does not say how large its blocks are');
  return blockBytes;
}

function checkBlocks(file: ImageFile, { at, sizeBytes }: Region, blockBytes: number, invalid: Invalid): void {
  if (sizeBytes > MAX_BLOCK_TABLE_BYTES) throw invalid('its block table is too large');
  const table = readSome(file, at, sizeBytes);
  let present = 0;
  for (let entry = 0; entry < table.length; entry += 8) if ((table[entry]! & 7) === FULLY_PRESENT) present++;
  if (present * blockBytes > file.sizeBytes) throw invalid('its table uses the same data twice');
}
