import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { closeSync, ftruncateSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { createIds } from '../../../base/ids.ts';
import { silentLog } from '../../../base/log.ts';
import { openBlocks, type Blocks, type StoredSource } from '../../../blocks/blocks.ts';
import { temporaryFolder } from '../../../blocks/storeFixture.ts';
import { seededBytes } from '../../../../test/world.ts';
import type { DiskFile } from '../source.ts';
import type { FileFormat } from '../../transfer/toFile.ts';
import { openTransfers, type Transfers } from '../../transfers.ts';

/** A random sparse disk through every pair of formats, in and out. `PAIRS_SEED` replays. */

const MIB = 1024 ** 2;

type Read = Pick<DiskFile, 'format' | 'packing'>;

/** What we write, and how it is read. */
const WRITTEN: Readonly<Record<FileFormat, Read>> = {
  raw: { format: 'raw' },
  'raw.tar.gz': { format: 'raw', packing: 'tar.gz' },
  qcow2: { format: 'qcow2' },
  vhd: { format: 'vhd' },
  'vhd-fixed': { format: 'vhd' },
  vmdk: { format: 'vmdk' },
};
const FORMATS = Object.keys(WRITTEN) as FileFormat[];

/** What others write. */
const OTHERS: readonly (Read & { name: string; argv: string[] })[] = [
  { name: 'plain.qcow2', format: 'qcow2', argv: ['-O', 'qcow2'] },
  { name: 'zlib.qcow2', format: 'qcow2', argv: ['-c', '-O', 'qcow2'] },
  { name: 'zstd.qcow2', format: 'qcow2', argv: ['-c', '-O', 'qcow2', '-o', 'compression_type=zstd'] },
  { name: 'dynamic.vhd', format: 'vhd', argv: ['-O', 'vpc', '-o', 'force_size=on'] },
  { name: 'fixed.vhd', format: 'vhd', argv: ['-O', 'vpc', '-o', 'subformat=fixed,force_size=on'] },
  { name: 'sparse.vmdk', format: 'vmdk', argv: ['-O', 'vmdk'] },
];

interface Place {
  folder: string;
  blocks: Blocks;
  transfers: Transfers;
}

async function take({ blocks, transfers }: Place, file: DiskFile, regionId: string): Promise<StoredSource> {
  await using lease = await blocks.lease(regionId);
  const { root, sizeBytes } = await transfers.importFile(file, { lease, key: null });
  return { regionId, root, sizeBytes, key: null };
}

/** Text and noise, here and there. */
function writeDisk(path: string, below: (limit: number) => number, noise: (bytes: number) => Uint8Array): void {
  const sizeBytes = (1 + below((6 * MIB) / 512)) * 512;
  const file = openSync(path, 'w');
  ftruncateSync(file, sizeBytes);
  for (let count = below(6); count > 0; count--) {
    const at = below(sizeBytes);
    const length = Math.min(sizeBytes - at, 1 + below(400_000));
    const bytes = below(2) === 0 ? Buffer.alloc(length, `at ${at}, `) : noise(Math.min(length, 50_000));
    writeSync(file, bytes, 0, bytes.length, at);
  }
  closeSync(file);
}

test('a disk is the same, whatever it came in and whatever it leaves in', async (t) => {
  const seed = Number(process.env['PAIRS_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
  t.diagnostic(`seed ${seed}`);
  const noise = seededBytes(seed);
  const below = (limit: number) => Buffer.from(noise(4)).readUInt32LE(0) % limit;
  using temporary = temporaryFolder('pairs');
  const at = (name: string) => join(temporary.path, name);
  await using blocks = openBlocks({ dataFolder: at('data'), ids: createIds(), log: silentLog });
  await using transfers = openTransfers({ blocks, threads: 1, scratchFolder: at('scratch') });
  const place = { folder: temporary.path, blocks, transfers };
  writeDisk(at('disk.raw'), below, noise);
  const first = await take(place, { path: at('disk.raw'), format: 'raw' }, 'first');
  const isSame = ({ root, sizeBytes }: StoredSource, what: string) =>
    assert.deepEqual([root, sizeBytes], [first.root, first.sizeBytes], what);

  for (const { name, argv, format } of OTHERS) {
    execFileSync('qemu-img', ['convert', '-f', 'raw', ...argv, at('disk.raw'), at(name)]);
    isSame(await take(place, { path: at(name), format }, 'others'), name);
  }
  for (const [from, read] of Object.entries(WRITTEN)) {
    // A store of its own: what is written next is made of what was read from this format.
    const path = at(`in.${from}`);
    await transfers.exportFile(first, path, { format: from as FileFormat });
    const stored = await take(place, { path, ...read }, `from-${from.replace('.tar.', '-')}`);
    isSame(stored, from);
    for (const to of FORMATS) {
      const out = at(`out.${to}`);
      await transfers.exportFile(stored, out, { format: to });
      isSame(await take(place, { path: out, ...WRITTEN[to] }, 'last'), `${from} to ${to}`);
      rmSync(out);
    }
  }
});
