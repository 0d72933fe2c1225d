import { execFileSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  linkSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { StoredDisk } from '../src/disks/transfers.ts';
import { chunkCount, CHUNK_BYTES, ZERO_CHUNK } from '../src/blocks/format.ts';
import { debianDisk, out } from './debianDisk.ts';
import { createFigures, printClaims, timed } from './measure.ts';

/**
 * Importing and exporting a Debian disk, against qemu-img (compressed qcow2) and restic, interleaved; each figure is the median of the
 * rounds. Every process starts cold, with the disk in the page cache; what each wrote is compared with what it was given.
 */
const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    /** A raw disk of one's own in place of Debian's. */
    disk: { type: 'string' },
  },
});
const work = join(out, 'work');
const restic = join(work, 'restic');
const data = join(work, 'data');
const qcow2 = join(work, 'disk.qcow2');
/** restic remembers files by path: both versions are shown to it at one. */
const shown = join(work, 'shown', 'disk.raw');
const RESTIC = { RESTIC_PASSWORD: 'bench', RESTIC_REPOSITORY: restic, RESTIC_CACHE_DIR: join(work, 'cache') };
const CHANGED_ONE_IN = 16;

const first = values.disk ?? (await debianDisk());
const second = values.disk ? join(work, 'second.raw') : join(out, 'debian-2.raw');
rmSync(work, { recursive: true, force: true });
mkdirSync(join(work, 'shown'), { recursive: true });
if (!existsSync(second)) makeSecondVersion(first, second);

const figures = createFigures();
for (let round = 1; round <= Number(values.rounds); round++) {
  console.error(`Round ${round} of ${values.rounds}`);
  measureRound(round === Number(values.rounds));
}
rmSync(work, { recursive: true, force: true });

const seconds = (name: string) => `${figures.median(name).toFixed(2)} s`;
const ratio = (what: string, name: string, peer: string, target: number) => ({
  what,
  ours: seconds(name),
  peer: seconds(peer),
  figure: figures.median(name) / figures.median(peer),
  target,
  unit: 'x',
});
const isMet = printClaims([
  ratio('import, against `qemu-img convert -c -o compression_type=zstd`', 'import', 'qemu-img import', 0.45),
  ratio('import, against `restic backup` into a new repository', 'import', 'restic', 0.4),
  ratio(
    `second version (${(100 / CHANGED_ONE_IN).toFixed(0)} % changed), against restic`,
    'second',
    'restic second',
    0.25,
  ),
  ratio('export to raw, against `qemu-img convert` from that qcow2', 'export', 'qemu-img export', 0.75),
  {
    what: 'import of an empty disk of 2 TiB',
    ours: seconds('empty'),
    peer: '',
    figure: figures.median('empty'),
    target: 1,
    unit: ' s',
  },
  {
    what: "import's most memory",
    ours: `${figures.largest('memory').toFixed(0)} MiB`,
    peer: '',
    figure: figures.largest('memory'),
    target: 400,
    unit: ' MiB',
  },
]);
process.exitCode = isMet ? 0 : 1;

function measureRound(isLast: boolean): void {
  for (const path of [restic, data, qcow2, RESTIC.RESTIC_CACHE_DIR]) rmSync(path, { recursive: true, force: true });

  figures.add(
    'qemu-img import',
    timed('qemu-img', ['convert', '-c', '-f', 'raw', '-O', 'qcow2', '-o', 'compression_type=zstd', first, qcow2])
      .seconds,
  );
  const { disk } = ours('import', first);
  timed('restic', ['init', '-q'], RESTIC);
  show(first);
  figures.add('restic', timed('restic', ['backup', '-q', shown], RESTIC).seconds);

  show(second);
  figures.add('restic second', timed('restic', ['backup', '-q', shown], RESTIC).seconds);
  const { disk: changed } = ours('second', second);

  const peerRaw = join(work, 'peer.raw');
  const ourRaw = join(work, 'ours.raw');
  figures.add('qemu-img export', timed('qemu-img', ['convert', '-f', 'qcow2', '-O', 'raw', qcow2, peerRaw]).seconds);
  ours('export', ourRaw, disk);
  assertEqual(first, peerRaw);
  assertEqual(first, ourRaw);
  if (isLast) {
    ours('export second', ourRaw, changed);
    assertEqual(second, ourRaw);
    // restic's word for it: reading back through its own hashes takes longer than all of the above.
    timed('restic', ['check', '-q', '--read-data'], RESTIC);
  }
  for (const path of [peerRaw, ourRaw]) rmSync(path, { force: true });

  const empty = join(work, 'empty.raw');
  writeFileSync(empty, '');
  truncateSync(empty, 2 ** 41);
  ours('empty', empty);
}

function ours(name: string, path: string, disk?: StoredDisk): { disk: StoredDisk } {
  const child = join(import.meta.dirname, 'storeChild.ts');
  const job = disk ? ['export', data, path, 'raw', disk.root!, String(disk.sizeBytes)] : ['import', data, path, 'raw'];
  const run = timed(process.execPath, ['--disable-warning=ExperimentalWarning', child, ...job]);
  const result = JSON.parse(run.stdout) as { disk: StoredDisk; maxRssMib: number };
  figures.add(name, run.seconds);
  if (!disk) figures.add('memory', result.maxRssMib);
  return result;
}

/** A copy in which one in sixteen of the chunks with data holds other bytes that compress just as well. */
function makeSecondVersion(from: string, to: string): void {
  const partial = `${to}.partial`;
  execFileSync('cp', ['--sparse=always', from, partial]);
  const file = openSync(partial, 'r+');
  const chunk = Buffer.alloc(CHUNK_BYTES);
  let seen = 0;
  const sizeBytes = execFileSync('stat', ['-c', '%s', from], { encoding: 'utf8' });
  for (let index = 0; index < chunkCount(Number(sizeBytes)); index++) {
    const length = readSync(file, chunk, 0, CHUNK_BYTES, index * CHUNK_BYTES);
    if (chunk.equals(ZERO_CHUNK) || seen++ % CHANGED_ONE_IN !== 0) continue;
    for (let at = 0; at < length; at++) chunk[at]!++;
    writeSync(file, chunk, 0, length, index * CHUNK_BYTES);
  }
  closeSync(file);
  renameSync(partial, to);
}

function show(path: string): void {
  rmSync(shown, { force: true });
  try {
    linkSync(path, shown);
  } catch {
    execFileSync('cp', ['--sparse=always', path, shown]);
  }
}

function assertEqual(a: string, b: string): void {
  execFileSync('qemu-img', ['compare', '-q', '-f', 'raw', '-F', 'raw', a, b]);
}
