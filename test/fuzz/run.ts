import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { WorldFault } from '../../src/base/worldFault.ts';
import { CHUNK_BYTES, chunkCount } from '../../src/blocks/format.ts';
import { checkForeign } from '../../src/disks/formats/foreign.ts';
import { openQcow2 } from '../../src/disks/formats/qcow2.ts';
import { openRaw } from '../../src/disks/formats/raw.ts';
import type { DiskSource, ImageFile, TabledSource } from '../../src/disks/formats/source.ts';
import { createByteReader, untar } from '../../src/disks/formats/tar.ts';
import { openVhd } from '../../src/disks/formats/vhd.ts';
import { inspectFile } from '../../src/disks/transfer/open.ts';
import { seededBytes } from '../world.ts';

/**
 * Mutated disk files, in memory, through the inspector and every reader: each is read or refused by name, within a second, and nothing is
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
/** 0 … below - 1. */
const upTo = (below: number) => Buffer.from(random(4)).readUInt32LE(0) % below;

const CHUNKS_READ = 4;
const SLOW_MS = 1000;
const REFUSALS = new Set(['ImageFileInvalid', 'VhdSizeInvalid']);

interface Seed {
  name: string;
  bytes: Buffer;
  /** Where formats keep what they say of themselves. */
  places: readonly number[];
}

function seeds(): Seed[] {
  const folder = mkdtempSync(join(tmpdir(), 'tongjing-fuzz-'));
  try {
    const raw = join(folder, 'disk.raw');
    writeFileSync(raw, Buffer.alloc(20_000, 'some text '));
    truncateSync(raw, 300 * 1024);
    const made = (name: string, ...argv: string[]): Seed => {
      const path = join(folder, name);
      execFileSync('qemu-img', ['convert', '-q', '-f', 'raw', ...argv, raw, path]);
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
      made('fixed.vhd', '-O', 'vpc', '-o', 'subformat=fixed,force_size=on'),
      made('dynamic.vhd', '-O', 'vpc', '-o', 'force_size=on'),
      made('disk.vmdk', '-O', 'vmdk', '-o', 'subformat=streamOptimized'),
      tar('gnu.tar', 'gnu'),
      tar('posix.tar', 'posix'),
    ];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function mutated({ bytes, places }: Seed): Buffer {
  const cut = upTo(10) === 0 ? upTo(bytes.length + 1) : bytes.length;
  const result = Buffer.from(bytes.subarray(0, cut));
  const changes = 1 + upTo(6);
  for (let change = 0; change < changes && result.length > 0; change++) {
    const isNear = upTo(4) > 0;
    const at = isNear ? places[upTo(places.length)]! + upTo(128) : upTo(result.length);
    if (at >= result.length) continue;
    const width = [1, 2, 4, 8][upTo(4)]!;
    const value = [0, 0xff, 0x7f, 0x80, 1][upTo(8)];
    for (let byte = at; byte < Math.min(at + width, result.length); byte++) result[byte] = value ?? upTo(256);
  }
  // Checksums would refuse nearly everything before the rest is looked at.
  if (upTo(2) === 0) mend(result);
  return result;
}

/** VHD footers and headers, tar headers. */
function mend(bytes: Buffer): void {
  const sum = (at: number, length: number, field: number, width: number, as: number) => {
    let total = 0;
    for (let byte = 0; byte < length; byte++) total += byte >= field && byte < field + width ? as : bytes[at + byte]!;
    return total;
  };
  const parts: [number, string, number, number][] = [
    [bytes.length - 512, 'conectix', 512, 64],
    [0, 'conectix', 512, 64],
    [512, 'cxsparse', 1024, 36],
  ];
  for (const [at, magic, length, field] of parts) {
    if (at < 0 || at + length > bytes.length || bytes.toString('latin1', at, at + 8) !== magic) continue;
    bytes.writeUInt32BE(~sum(at, length, field, 4, 0) >>> 0, at + field);
  }
  for (const at of [0, 512, 1024]) {
    if (at + 512 > bytes.length || bytes.toString('latin1', at + 257, at + 262) !== 'ustar') continue;
    bytes.write(`${sum(at, 512, 148, 8, 0x20).toString(8).padStart(6, '0')}\0 `, at + 148, 'latin1');
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

function readSome(source: DiskSource | TabledSource): void {
  if ('checkTables' in source) source.checkTables();
  const chunks = chunkCount(source.sizeBytes);
  let read = 0;
  for (let at = source.nextData(0); at < chunks && read < CHUNKS_READ; at = source.nextData(at + 1), read++) {
    source.readChunk(at, into);
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
  } else if (name.endsWith('.vmdk')) {
    checkForeign(file, 'vmdk');
  } else {
    const format = name.endsWith('.vhd') ? 'vhd' : 'qcow2';
    inspectFile(file, { path: 'fuzzed', format });
    readSome(format === 'vhd' ? openVhd(file) : openQcow2(file));
    readSome(openRaw(file));
  }
}

const from = seeds();
let read = 0;
let slowestMs = 0;
const startedAt = performance.now();
for (let execution = 0; execution < executions; execution++) {
  const seed = from[execution % from.length]!;
  const bytes = mutated(seed);
  const begunAt = performance.now();
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
  slowestMs = Math.max(slowestMs, performance.now() - begunAt);
}
const { maxRSS } = process.resourceUsage();
const seconds = Math.round((performance.now() - startedAt) / 1000);
console.log(
  `${executions} executions in ${seconds} s (seed ${values.seed}): ${read} read, ${executions - read} refused; slowest ${Math.round(slowestMs)} ms, ${Math.round(maxRSS / 1024)} MiB`,
);
if (slowestMs > SLOW_MS) process.exitCode = 1;
