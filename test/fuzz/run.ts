import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { WorldFault } from '../../src/base/worldFault.ts';
import { CHUNK_BYTES, chunkCount } from '../../src/blocks/format.ts';
import { openQcow2 } from '../../src/disks/formats/qcow2.ts';
import { openRaw } from '../../src/disks/formats/raw.ts';
import type { DiskSource, ImageFile, TabledSource } from '../../src/disks/formats/source.ts';
import { createByteReader, untar } from '../../src/disks/formats/tar.ts';
import { openVhd } from '../../src/disks/formats/vhd.ts';
import { inspectFile } from '../../src/disks/transfer/open.ts';
import { imageFormOf } from '../../src/rules/imageForms.ts';
import { seededBytes } from '../world.ts';

/**
 * Mutated disk files, in memory, through the inspector and every reader: each is read or refused by name, within a second of processor time, and nothing is
 * read outside of it. `npm run fuzz -- --executions 1000000 --seed 1`
 */
const { values } = parseArgs({
  options: {
    executions: { type: 'string', default: '20000' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
  },
});
const executions = Number(values.executions);
const random = seededBytes(Number(values.seed));
/** Three bytes of it: more than any file here is long. */
function upTo(below: number): number {
  const [low = 0, middle = 0, high = 0] = random(3);
  return (low | (middle << 8) | (high << 16)) % below;
}

const CHUNKS_READ = 4;
const SLOW_MS = 1000;
const REFUSALS = new Set(['ImageFileInvalid', 'VhdSizeInvalid']);

interface Seed {
  name: string;
  bytes: Buffer;
  /** Where formats keep what they say of themselves. */
  places: readonly number[];
}

/** Its region tables, and what they say where is. */
const vhdx = (seed: Seed): Seed => ({ ...seed, places: [192 * 1024, 256 * 1024, 2 ** 20, 2 * 2 ** 20, 3 * 2 ** 20] });

function seeds(): Seed[] {
  const folder = mkdtempSync(join(tmpdir(), 'tongjing-fuzz-'));
  try {
    const raw = join(folder, 'disk.raw');
    writeFileSync(raw, Buffer.alloc(20_000, 'some text '));
    truncateSync(raw, 300 * 1024);
    const full = join(folder, 'full.raw');
    writeFileSync(full, Buffer.alloc(300 * 1024, 'more text '));
    const made = (name: string, ...argv: string[]): Seed => {
      const path = join(folder, name);
      execFileSync('qemu-img', ['convert', '-q', '-f', 'raw', ...argv, name.startsWith('full') ? full : raw, path]);
      const bytes = readFileSync(path);
      const tables = [0, 4096, 8192, 12_288, 65_536, 512, 1024, 1536, 2048, bytes.length - 512].filter((at) => at >= 0);
      return { name, bytes, places: tables };
    };
    const tar = (name: string, format: string): Seed => {
      execFileSync('tar', [
        '-C',
        folder,
        '--sparse',
        `--format=${format}`,
        '-b1',
        '-cf',
        join(folder, name),
        'disk.raw',
      ]);
      return { name, bytes: readFileSync(join(folder, name)), places: [0, 512, 1024] };
    };
    return [
      made('plain.qcow2', '-O', 'qcow2', '-o', 'cluster_size=4k'),
      made('small.qcow2', '-O', 'qcow2', '-o', 'cluster_size=512,compat=0.10'),
      made('zlib.qcow2', '-c', '-O', 'qcow2', '-o', 'cluster_size=4k'),
      made('zstd.qcow2', '-c', '-O', 'qcow2', '-o', 'cluster_size=4k,compression_type=zstd'),
      made('full.qcow2', '-c', '-O', 'qcow2', '-o', 'cluster_size=64k,compression_type=zstd'),
      made('fixed.vhd', '-O', 'vpc', '-o', 'subformat=fixed,force_size=on'),
      made('dynamic.vhd', '-O', 'vpc', '-o', 'force_size=on'),
      made('disk.vmdk', '-O', 'vmdk', '-o', 'subformat=streamOptimized'),
      made('sparse.vmdk', '-O', 'vmdk'),
      made('disk.vdi', '-O', 'vdi'),
      vhdx(made('disk.vhdx', '-O', 'vhdx')),
      tar('gnu.tar', 'gnu'),
      tar('posix.tar', 'posix'),
    ];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Changes a seed's own bytes, of which a part may be cut off; `undo` gives them back: copying would take longer than all the rest. */
function mutated({ bytes, places }: Seed): { result: Buffer; undo(): void } {
  const before: [at: number, byte: number][] = [];
  const set = (at: number, byte: number) => {
    before.push([at, bytes[at]!]);
    bytes[at] = byte;
  };
  const result = bytes.subarray(0, upTo(10) === 0 ? upTo(bytes.length + 1) : bytes.length);
  const changes = 1 + upTo(6);
  for (let change = 0; change < changes && result.length > 0; change++) {
    const isNear = upTo(4) > 0;
    const at = isNear ? places[upTo(places.length)]! + upTo(128) : upTo(result.length);
    const width = [1, 2, 4, 8][upTo(4)]!;
    const value = [0, 0xff, 0x7f, 0x80, 1][upTo(8)];
    for (let byte = at; byte < Math.min(at + width, result.length); byte++) set(byte, value ?? upTo(256));
  }
  // Checksums would refuse nearly everything before the rest is looked at.
  if (upTo(2) === 0) mend(result, set);
  return {
    result,
    undo() {
      for (const [at, byte] of before.toReversed()) bytes[at] = byte;
    },
  };
}

/** VHD footers and headers, tar headers. */
function mend(bytes: Buffer, set: (at: number, byte: number) => void): void {
  const sum = (at: number, length: number, field: number, width: number, as: number) => {
    let total = 0;
    for (let byte = 0; byte < length; byte++) total += byte >= field && byte < field + width ? as : bytes[at + byte]!;
    return total;
  };
  const put = (at: number, content: Buffer) => {
    for (const [place, byte] of content.entries()) set(at + place, byte);
  };
  const parts: [number, string, number, number][] = [
    [bytes.length - 512, 'conectix', 512, 64],
    [0, 'conectix', 512, 64],
    [512, 'cxsparse', 1024, 36],
  ];
  for (const [at, magic, length, field] of parts) {
    if (at < 0 || at + length > bytes.length || bytes.toString('latin1', at, at + 8) !== magic) continue;
    const word = Buffer.alloc(4);
    word.writeUInt32BE(~sum(at, length, field, 4, 0) >>> 0);
    put(at + field, word);
  }
  for (const at of [0, 512, 1024]) {
    if (at + 512 > bytes.length || bytes.toString('latin1', at + 257, at + 262) !== 'ustar') continue;
    put(at + 148, Buffer.from(`${sum(at, 512, 148, 8, 0x20).toString(8).padStart(6, '0')}\0 `));
  }
}

function inMemory(bytes: Buffer): ImageFile {
  return {
    path: 'fuzzed',
    sizeBytes: bytes.length,
    read(into, offset) {
      if (!Number.isSafeInteger(offset) || offset < 0) throw new Error(`read at ${offset}`);
      return offset >= bytes.length ? 0 : bytes.copy(into, 0, offset, Math.min(bytes.length, offset + into.length));
    },
    close() {},
  };
}

const into = Buffer.alloc(CHUNK_BYTES);
const unpacked = Buffer.alloc(CHUNK_BYTES);

function readSome(source: DiskSource | TabledSource): void {
  if ('checkTables' in source) source.checkTables();
  const chunks = chunkCount(source.sizeBytes);
  let read = 0;
  for (let at = source.nextData(0); at < chunks && read < CHUNKS_READ; at = source.nextData(at + 1), read++) {
    const frames = source.readFrames?.(at, unpacked) ?? null;
    source.readChunk(at, into);
    if (frames && !unpacked.equals(into)) throw new Error(`its frames hold another chunk ${at}`);
  }
}

async function execute(name: string, bytes: Buffer): Promise<void> {
  const file = inMemory(bytes);
  if (name.endsWith('.tar')) {
    const stream = async function* () {
      yield bytes;
    };
    for await (const { at, bytes: piece } of untar(createByteReader(stream()), 'fuzzed')) {
      if (!Number.isSafeInteger(at + piece.length)) throw new Error(`a piece at ${at}`);
    }
  } else {
    const format = imageFormOf(name)!.format!;
    inspectFile(file, { path: 'fuzzed', format });
    if (format === 'vhd') readSome(openVhd(file));
    if (format === 'qcow2') readSome(openQcow2(file));
    if (format === 'vhd' || format === 'qcow2') readSome(openRaw(file));
  }
}

const from = seeds();
let read = 0;
let slowestMs = 0;
const startedAt = performance.now();
for (let execution = 0; execution < executions; execution++) {
  const seed = from[execution % from.length]!;
  const { result: bytes, undo } = mutated(seed);
  const begun = process.cpuUsage();
  try {
    await execute(seed.name, bytes);
    read++;
  } catch (error) {
    if (!(error instanceof WorldFault) || !REFUSALS.has(error.code)) {
      writeFileSync(join(tmpdir(), `tongjing-fuzz-${seed.name}`), bytes);
      console.error(`seed ${values.seed}, execution ${execution} (${seed.name}):`, error);
      process.exit(1);
    }
  }
  undo();
  const { user, system } = process.cpuUsage(begun);
  slowestMs = Math.max(slowestMs, (user + system) / 1000);
}
const { maxRSS } = process.resourceUsage();
const seconds = Math.round((performance.now() - startedAt) / 1000);
console.log(
  `${executions} executions in ${seconds} s (seed ${values.seed}): ${read} read, ${executions - read} refused; slowest ${Math.round(slowestMs)} ms of processor time, ${Math.round(maxRSS / 1024)} MiB`,
);
if (slowestMs > SLOW_MS) process.exitCode = 1;
