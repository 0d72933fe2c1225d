import { refuseBomb } from './bomb.ts';
import { readSome, SECTOR_BYTES, type ImageFile } from './source.ts';

/** "Virtual Disk Format 5.0", VMware, 2011; all integers little-endian. */

/** Where qemu looks for a descriptor, whatever the header says. */
const DESCRIPTOR_AT = 512;
const MAX_DESCRIPTOR_BYTES = 64 * 1024;
/** In the header: another one stands before the file's last sector, and says where the directory is. */
const DIRECTORY_AT_END = 2n ** 64n - 1n;
/** As many as qemu reads. */
const MAX_TABLE_ENTRIES = 512;
/** Tools write 128, 64 KiB. */
const MAX_GRAIN_SECTORS = 32_768;
const ZERO_GRAINS = 4;
/** Of a table's entry, where the flags have `ZERO_GRAINS`: a grain of zeros. */
const ZERO_GRAIN = 1;

type Invalid = (why: string) => Error;

/** Only a file that holds all of its disk: its descriptor may name others, anywhere. */
export function checkVmdk(file: ImageFile, invalid: Invalid): void {
  const header = headerAt(file, 0);
  if (!header) throw invalid('it is no sparse extent with its own descriptor (monolithicSparse or streamOptimized)');
  const sectors = checkDescriptor(file, header, invalid);
  const told = header.readBigUInt64LE(56) === DIRECTORY_AT_END ? headerAt(file, footerAt(file)) : header;
  if (!told) throw invalid('it is cut short');
  if (told.readBigUInt64LE(12) !== sectors) throw invalid('its header and its descriptor say different sizes');
  checkTables(file, told, invalid);
}

function headerAt(file: ImageFile, at: number): Buffer | null {
  const header = readSome(file, Math.max(at, 0), SECTOR_BYTES);
  return header.length === SECTOR_BYTES && header.toString('latin1', 0, 4) === 'KDMV' ? header : null;
}

/** Before the marker that ends the file. */
const footerAt = (file: ImageFile) => (Math.ceil(file.sizeBytes / SECTOR_BYTES) - 2) * SECTOR_BYTES;

/** Answers the disk's size in sectors, as it says. */
function checkDescriptor(file: ImageFile, header: Buffer, invalid: Invalid): bigint {
  if (header.readBigUInt64LE(12) === 0n) throw invalid('it holds no disk of its own');
  const [at, sectors] = [header.readBigUInt64LE(28), header.readBigUInt64LE(36)];
  const isSane = at < 2n ** 40n && sectors * BigInt(SECTOR_BYTES) <= BigInt(MAX_DESCRIPTOR_BYTES);
  if (!isSane) throw invalid('its descriptor has an impossible size');
  const places = [DESCRIPTOR_AT, Number(at) * SECTOR_BYTES].filter((place) => place > 0);
  const descriptors = places.map((place) => readSome(file, place, MAX_DESCRIPTOR_BYTES).toString('latin1'));
  for (const text of descriptors) {
    if (/parentFileNameHint/i.test(text)) throw invalid('it lacks its parent');
    const parents = text.matchAll(/parentCID\s*=\s*(?<id>\w+)/gi);
    if ([...parents].some(({ groups }) => !/^f{8}$/i.test(groups!['id']!))) throw invalid('it lacks its parent');
  }
  const told = descriptors.at(-1)!.split('\0')[0]!;
  const type = /^createType\s*=\s*"(?<type>[^"]*)"/m.exec(told)?.groups?.['type'] ?? '';
  if (!['monolithicSparse', 'streamOptimized'].includes(type)) throw invalid(`its type "${type}" needs other files`);
  const extents = [...told.matchAll(/^(?:RW|RDONLY|NOACCESS)\s+(?<sectors>\d+)\s+(?<type>\w+)/gm)];
  if (extents.length !== 1 || extents[0]!.groups!['type'] !== 'SPARSE') throw invalid('its data is in other files');
  return BigInt(extents[0]!.groups!['sectors']!);
}

/** Each table once and inside of the file, and no more data than the file can hold: else a small file becomes a vast disk. */
function checkTables(file: ImageFile, header: Buffer, invalid: Invalid): void {
  const [capacity, grain] = [header.readBigUInt64LE(12), header.readBigUInt64LE(20)];
  const [perTable, directoryAt] = [header.readUInt32LE(44), header.readBigUInt64LE(56) * BigInt(SECTOR_BYTES)];
  const isCompressed = header.readUInt16LE(77) !== 0;
  const hasZeros = (header.readUInt32LE(8) & ZERO_GRAINS) !== 0;
  if (grain === 0n || grain > BigInt(MAX_GRAIN_SECTORS)) throw invalid(`grains of ${grain} sectors`);
  if (perTable === 0 || perTable > MAX_TABLE_ENTRIES) throw invalid(`tables of ${perTable} entries`);
  const perTableSectors = grain * BigInt(perTable);
  const tables = (capacity + perTableSectors - 1n) / perTableSectors;
  if (directoryAt + tables * 4n > BigInt(file.sizeBytes)) throw invalid('its grain directory lies outside of the file');

  const directory = readSome(file, Number(directoryAt), Number(tables) * 4);
  const seen = new Set<number>();
  let present = 0;
  for (let entry = 0; entry < directory.length; entry += 4) {
    const sector = directory.readUInt32LE(entry);
    if (sector === 0) continue;
    if (seen.has(sector)) throw invalid('its table uses the same data twice');
    seen.add(sector);
    const table = readSome(file, sector * SECTOR_BYTES, perTable * 4);
    if (table.length < perTable * 4) throw invalid('a grain table of it lies outside of the file');
    for (let at = 0; at < table.length; at += 4) {
      const place = table.readUInt32LE(at);
      if (place !== 0 && !(hasZeros && place === ZERO_GRAIN)) present++;
    }
  }
  const grainBytes = Number(grain) * SECTOR_BYTES;
  // A compressed grain begins at a sector of its own; of the last one not all need be there.
  const least = (present - 1) * (isCompressed ? SECTOR_BYTES : grainBytes);
  if (least > file.sizeBytes) throw invalid('its table uses the same data twice');
  refuseBomb(file.path, present * grainBytes, file.sizeBytes);
}
