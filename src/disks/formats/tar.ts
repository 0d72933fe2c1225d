import { checkDiskSize, imageFileInvalid } from './source.ts';

/** Bytes of a disk; those between two pieces are zero. The last piece is empty, and stands at the disk's end. */
export interface Piece {
  at: number;
  bytes: Buffer;
}

/** Bytes that come piece by piece, taken in the amounts that are wanted. */
export interface ByteReader {
  /** Exactly so many; null: the stream ends before. */
  take(length: number): Promise<Buffer | null>;
  /** What has come, but no more than `max`; null: there is no more. */
  some(max: number): Promise<Buffer | null>;
}

export function createByteReader(stream: AsyncIterable<Buffer>): ByteReader {
  const pieces = stream[Symbol.asyncIterator]();
  let held: Buffer = Buffer.alloc(0);

  async function some(max: number): Promise<Buffer | null> {
    while (held.length === 0) {
      const next = await pieces.next();
      if (next.done) return null;
      held = next.value;
    }
    const given = held.subarray(0, max);
    held = held.subarray(given.length);
    return given;
  }

  return {
    some,
    async take(length) {
      const parts: Buffer[] = [];
      for (let missing = length; missing > 0;) {
        const part = await some(missing);
        if (!part) return null;
        parts.push(part);
        missing -= part.length;
      }
      return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
    },
  };
}

const BLOCK = 512;
/** Long names and PAX headers. */
const MAX_EXTRA_BYTES = 1024 * 1024;
/** Of a sparse member, 16 bytes each. */
const MAX_EXTENTS = 1024 * 1024;

interface Extents {
  /** Ascending: start, length, start, length … */
  numbers: number[];
  sizeBytes: number;
}

/**
 * The one file of a tar archive: ustar, GNU and PAX, sparse members as GNU tar writes them (its own format, and PAX 0.1 and 1.0).
 * https://www.gnu.org/software/tar/manual/html_node/Sparse-Formats.html
 */
export async function* untar(reader: ByteReader, name: string): AsyncGenerator<Piece> {
  const invalid = (why: string) => imageFileInvalid(`${name} is not a tar archive of one disk: ${why}`);
  const take = async (length: number): Promise<Buffer> => {
    const bytes = await reader.take(length);
    if (!bytes) throw invalid('it ends inside of a member');
    return bytes;
  };
  const takePadded = async (length: number): Promise<Buffer> =>
    (await take(Math.ceil(length / BLOCK) * BLOCK)).subarray(0, length);

  let pax = new Map<string, string>();
  let isFound = false;
  for (;;) {
    const header = await reader.take(BLOCK);
    if (!header) throw invalid('it has no end');
    if (header.every((byte) => byte === 0)) break;
    if (!isSummed(header)) throw invalid('a header does not match its checksum');
    const type = String.fromCharCode(header[156]!);
    const size = numberIn(header, 124, 12) ?? NaN;
    if (!Number.isSafeInteger(size)) throw invalid('a member has an impossible size');
    if ('xgLK'.includes(type)) {
      if (size > MAX_EXTRA_BYTES) throw invalid('an extended header is too long');
      const extra = await takePadded(size);
      if (type === 'x') pax = parsePax(extra) ?? invalidly(invalid('an extended header is malformed'));
    } else if (type === '5') {
      if (size !== 0) throw invalid('a folder holds bytes');
      pax = new Map();
    } else if ('\x0007S'.includes(type)) {
      if (isFound) throw invalid('it holds more than one file');
      isFound = true;
      yield* member({ header, type, pax, size }, { reader, take, invalid });
      pax = new Map();
    } else {
      throw invalid(`a member is neither a file nor a folder (type ${JSON.stringify(type)})`);
    }
  }
  if (!isFound) throw invalid('it holds no file');
  for (let rest = await reader.some(BLOCK); rest; rest = await reader.some(64 * 1024)) {
    if (rest.some((byte) => byte !== 0)) throw invalid('something follows its end');
  }
}

function invalidly(error: Error): never {
  throw error;
}

interface Tools {
  reader: ByteReader;
  take(length: number): Promise<Buffer>;
  invalid(why: string): Error;
}

async function* member(
  { header, type, pax, size }: { header: Buffer; type: string; pax: Map<string, string>; size: number },
  tools: Tools,
): AsyncGenerator<Piece> {
  const { reader, take, invalid } = tools;
  const told = pax.get('size');
  const storedBytes =
    told === undefined ? size : (decimal(told) ?? invalidly(invalid('a member has an impossible size')));
  const { extents, mapBytes } = await extentsOf({ header, type, pax, storedBytes }, tools);
  const sizeBytes = checkDiskSize(extents.sizeBytes);
  checkExtents(extents, storedBytes - mapBytes, invalid);
  for (let entry = 0; entry < extents.numbers.length; entry += 2) {
    let at = extents.numbers[entry]!;
    for (let left = extents.numbers[entry + 1]!; left > 0;) {
      const bytes = await reader.some(left);
      if (!bytes) throw invalid('it ends inside of a member');
      yield { at, bytes };
      at += bytes.length;
      left -= bytes.length;
    }
  }
  const padding = Math.ceil(storedBytes / BLOCK) * BLOCK - storedBytes;
  if (padding > 0) await take(padding);
  yield { at: sizeBytes, bytes: Buffer.alloc(0) };
}

/** Where the member's bytes belong, and how many of its bytes say so. */
async function extentsOf(
  { header, type, pax, storedBytes }: { header: Buffer; type: string; pax: Map<string, string>; storedBytes: number },
  tools: Tools,
): Promise<{ extents: Extents; mapBytes: number }> {
  const { invalid } = tools;
  if (type === 'S') return { extents: await gnuExtents(header, tools), mapBytes: 0 };
  const isSparse = [...pax.keys()].some((key) => key.startsWith('GNU.sparse.'));
  if (!isSparse) return { extents: { numbers: [0, storedBytes], sizeBytes: storedBytes }, mapBytes: 0 };
  const sizeBytes = decimal(pax.get('GNU.sparse.realsize') ?? pax.get('GNU.sparse.size') ?? '');
  if (sizeBytes === null) throw invalid('a sparse member has an impossible size');
  if (pax.get('GNU.sparse.major') === '1' && pax.get('GNU.sparse.minor') === '0') {
    const { numbers, mapBytes } = await paxExtents(storedBytes, tools);
    return { extents: { numbers, sizeBytes }, mapBytes };
  }
  const map = pax.get('GNU.sparse.map');
  const numbers = map === '' ? [] : map?.split(',').map((text) => decimal(text) ?? NaN);
  if (!numbers) throw invalid('a sparse member is of the PAX format 0.0, which is not read: tar --sparse-version=1.0');
  return { extents: { numbers, sizeBytes }, mapBytes: 0 };
}

/** Four extents in the header, 21 in each block behind it. */
async function gnuExtents(header: Buffer, { take, invalid }: Tools): Promise<Extents> {
  const numbers: number[] = [];
  const read = (block: Buffer, at: number, count: number) => {
    for (let entry = 0; entry < count; entry++, at += 24) {
      // An unused entry is empty.
      if (block[at] === 0 && block[at + 12] === 0) continue;
      numbers.push(numberIn(block, at, 12) ?? NaN, numberIn(block, at + 12, 12) ?? NaN);
    }
  };
  read(header, 386, 4);
  for (let isMore = header[482] !== 0; isMore;) {
    const block = await take(BLOCK);
    read(block, 0, 21);
    isMore = block[504] !== 0;
    if (numbers.length > MAX_EXTENTS * 2) throw invalid('a sparse member has too many extents');
  }
  return { numbers, sizeBytes: numberIn(header, 483, 12) ?? NaN };
}

/** Decimal lines before the data, padded to a block: how many extents, then start and length of each. */
async function paxExtents(
  storedBytes: number,
  { take, invalid }: Tools,
): Promise<{ numbers: number[]; mapBytes: number }> {
  const numbers: number[] = [];
  let wanted = 1;
  let mapBytes = 0;
  let line = '';
  while (numbers.length < wanted) {
    if (mapBytes + BLOCK > storedBytes) throw invalid('a sparse member ends inside of its map');
    const lines = (line + (await take(BLOCK)).toString('latin1')).split('\n');
    mapBytes += BLOCK;
    line = lines.pop()!;
    if (line.length > 20 && numbers.length + lines.length < wanted)
      throw invalid('the map of a sparse member is malformed');
    for (const text of lines) {
      if (numbers.length === wanted) break;
      numbers.push(decimal(text) ?? NaN);
      if (numbers.length > 1) continue;
      if (!(numbers[0]! <= MAX_EXTENTS)) throw invalid('a sparse member has too many extents');
      wanted = 1 + numbers[0]! * 2;
    }
  }
  return { numbers: numbers.slice(1), mapBytes };
}

function checkExtents({ numbers, sizeBytes }: Extents, storedBytes: number, invalid: Tools['invalid']): void {
  let end = 0;
  let total = 0;
  if (numbers.length % 2 !== 0) throw invalid('the map of a sparse member is malformed');
  for (let entry = 0; entry < numbers.length; entry += 2) {
    const start = numbers[entry]!;
    const length = numbers[entry + 1]!;
    if (!(start >= end && length >= 0 && start + length <= sizeBytes))
      throw invalid('the map of a sparse member is malformed');
    end = start + length;
    total += length;
  }
  if (total !== storedBytes) throw invalid('a member does not hold what its map says');
}

/** Octal digits, or with the first bit set a big-endian number. */
function numberIn(block: Buffer, at: number, length: number): number | null {
  const first = block[at]!;
  if (first & 0x80) {
    if (first !== 0x80 || block.subarray(at + 1, at + length - 6).some((byte) => byte !== 0)) return null;
    return block.readUIntBE(at + length - 6, 6);
  }
  const text = block
    .toString('latin1', at, at + length)
    .replace(/[\0 ]+$/, '')
    .trimStart();
  return /^[0-7]+$/.test(text) ? Number.parseInt(text, 8) : null;
}

const decimal = (text: string): number | null => (/^\d{1,15}$/.test(text) ? Number(text) : null);

function isSummed(header: Buffer): boolean {
  let sum = 0;
  for (const [at, byte] of header.entries()) sum += at >= 148 && at < 156 ? 0x20 : byte;
  return numberIn(header, 148, 8) === sum;
}

/** `<length> <key>=<value>\n`, one behind the other; null: malformed. */
function parsePax(bytes: Buffer): Map<string, string> | null {
  const found = new Map<string, string>();
  for (let at = 0; at < bytes.length;) {
    const space = bytes.indexOf(0x20, at);
    const length = space < 0 ? null : decimal(bytes.toString('latin1', at, space));
    if (length === null || length <= space - at || at + length > bytes.length || bytes[at + length - 1] !== 0x0a)
      return null;
    const record = bytes.toString('utf8', space + 1, at + length - 1);
    const equals = record.indexOf('=');
    if (equals < 1) return null;
    found.set(record.slice(0, equals), record.slice(equals + 1));
    at += length;
  }
  return found;
}
