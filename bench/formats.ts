import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import type { StoredDisk } from '../src/disks/transfers.ts';
import { debianDisk, out } from './debianDisk.ts';
import { createFigures, printClaims, timed } from './measure.ts';

/**
 * Disk files of other formats in and out, interleaved with what one would do without: `qemu-img convert` to raw and then our raw import, `tar --sparse | pigz`
 * (Debian's qemu-utils, tar, pigz). Each figure is the median of the rounds; every process starts cold, with what it reads in the page cache. What was
 * imported is compared by its root with what the peer's way gives, what was exported byte for byte.
 */
const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    /** A raw disk of one's own in place of Debian's. */
    disk: { type: 'string' },
  },
});
const IMPORT_TARGET = 0.6;
const EXPORT_TARGET = 0.7;
const MEMORY_MIB = 300;

/** What qemu-img makes of the disk, and what we call it. */
const FORMATS = {
  qcow2: { file: 'disk.qcow2', reader: 'qcow2', format: 'qcow2', write: ['-O', 'qcow2'] },
  'qcow2, zlib': { file: 'zlib.qcow2', reader: 'qcow2', format: 'qcow2', write: ['-c', '-O', 'qcow2'] },
  'qcow2, zstd': {
    file: 'zstd.qcow2',
    reader: 'qcow2',
    format: 'qcow2',
    write: ['-c', '-O', 'qcow2', '-o', 'compression_type=zstd'],
  },
  VHD: { file: 'disk.vhd', reader: 'vpc', format: 'vhd', write: ['-O', 'vpc', '-o', 'force_size=on'] },
} as const;

const work = join(out, 'formats');
const data = join(work, 'data');
const peerRaw = join(work, 'peer.raw');
const ours = join(work, 'ours.raw.tar.gz');
const peer = join(work, 'peer.tar.gz');
const raw = values.disk ?? (await debianDisk());

const figures = createFigures();
rmSync(work, { recursive: true, force: true });
mkdirSync(work, { recursive: true });
try {
  for (const { file, write } of Object.values(FORMATS))
    qemuImg('convert', '-f', 'raw', ...write, raw, join(work, file));
  for (let round = 1; round <= Number(values.rounds); round++) {
    console.error(`Round ${round} of ${values.rounds}`);
    for (const name of Object.keys(FORMATS) as (keyof typeof FORMATS)[]) measureImport(name);
    measureExport(round === Number(values.rounds));
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}

const seconds = (name: string) => `${figures.median(name).toFixed(2)} s`;
const ratio = (what: string, name: string, of: string, target: number) => ({
  what,
  ours: seconds(name),
  peer: seconds(of),
  figure: figures.median(name) / figures.median(of),
  target,
  unit: 'x',
});
const memory = (what: string, name: string) => ({
  what: `${what}: most memory`,
  ours: `${figures.largest(name).toFixed(0)} MiB`,
  peer: '',
  figure: figures.largest(name),
  target: MEMORY_MIB,
  unit: ' MiB',
});
const isMet = printClaims([
  ...Object.keys(FORMATS).map((name) =>
    ratio(
      `import of ${name}, against \`qemu-img convert\` to raw and our raw import`,
      name,
      `${name} by raw`,
      IMPORT_TARGET,
    ),
  ),
  ratio('export to .raw.tar.gz, against `tar --sparse | pigz`', 'export', 'tar | pigz', EXPORT_TARGET),
  {
    what: 'size of that archive, against the same',
    ours: `${figures.median('our size').toFixed(0)} MiB`,
    peer: `${figures.median('size').toFixed(0)} MiB`,
    figure: figures.median('our size') / figures.median('size'),
    target: 1.1,
    unit: 'x',
  },
  ...Object.keys(FORMATS).map((name) => memory(`import of ${name}`, `${name} memory`)),
  memory('export', 'export memory'),
]);
const fast = figures.median('export') / figures.median('tar | pigz -3');
console.log(`\nAgainst \`pigz -3\`, which compresses as we do: ${seconds('tar | pigz -3')}, ${fast.toFixed(2)}x.`);
process.exitCode = isMet ? 0 : 1;

function measureImport(name: keyof typeof FORMATS): void {
  const { file, reader, format } = FORMATS[name];
  const path = join(work, file);
  rmSync(data, { recursive: true, force: true });
  const direct = child('import', data, path, format);
  figures.add(name, direct.seconds);
  figures.add(`${name} memory`, direct.maxRssMib);

  rmSync(data, { recursive: true, force: true });
  rmSync(peerRaw, { force: true });
  const converted = timed('qemu-img', ['convert', '-f', reader, '-O', 'raw', path, peerRaw]);
  const imported = child('import', data, peerRaw, 'raw');
  figures.add(`${name} by raw`, converted.seconds + imported.seconds);
  if (direct.disk.root !== imported.disk.root) throw new Error(`${file} was read differently`);
}

function measureExport(isLast: boolean): void {
  rmSync(data, { recursive: true, force: true });
  const { disk } = child('import', data, raw, 'raw');
  for (const path of [ours, peer]) rmSync(path, { force: true });
  const exported = child('export', data, ours, 'raw.tar.gz', disk.root!, String(disk.sizeBytes));
  figures.add('export', exported.seconds);
  figures.add('export memory', exported.maxRssMib);
  for (const [name, pigz] of [
    ['tar | pigz', 'pigz'],
    ['tar | pigz -3', 'pigz -3'],
  ] as const) {
    const pack = `set -euo pipefail; tar --sparse -C "$0" -cf - "$1" | ${pigz} > "$2"; sync "$2"`;
    figures.add(name, timed('bash', ['-c', pack, dirname(raw), basename(raw), peer]).seconds);
    if (name === 'tar | pigz') figures.add('size', statSync(peer).size / 2 ** 20);
  }
  figures.add('our size', statSync(ours).size / 2 ** 20);
  if (!isLast) return;
  execFileSync('tar', ['--sparse', '-C', work, '-xzf', ours]);
  qemuImg('compare', '-q', '-f', 'raw', '-F', 'raw', raw, join(work, 'ours.raw'));
}

function child(verb: 'import' | 'export', ...rest: string[]): { disk: StoredDisk; seconds: number; maxRssMib: number } {
  const script = join(import.meta.dirname, 'storeChild.ts');
  const run = timed(process.execPath, ['--disable-warning=ExperimentalWarning', script, verb, ...rest]);
  return { ...(JSON.parse(run.stdout) as { disk: StoredDisk; maxRssMib: number }), seconds: run.seconds };
}

function qemuImg(...argv: string[]): void {
  execFileSync('qemu-img', argv, { stdio: ['ignore', 'ignore', 'inherit'] });
}
