import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { createIds } from '../../base/ids.ts';
import { silentLog } from '../../base/log.ts';
import { openBlocks } from '../../blocks/blocks.ts';
import { temporaryFolder } from '../../blocks/storeFixture.ts';
import { imageFormOf, type DiskFormat } from '../../rules/imageForms.ts';
import type { DiskFile } from '../formats/source.ts';
import { openTransfers } from '../transfers.ts';

const MIB = 2 ** 20;
const INVALID = { name: 'WorldFault', code: 'ImageFileInvalid' };

function place() {
  const temporary = temporaryFolder('importing');
  const blocks = openBlocks({ dataFolder: join(temporary.path, 'data'), ids: createIds(), log: silentLog });
  const scratchFolder = join(temporary.path, 'scratch');
  const transfers = openTransfers({ blocks, threads: 2, scratchFolder });
  return {
    at: (name: string) => join(temporary.path, name),
    async import(file: DiskFile) {
      await using lease = await blocks.lease('cn-hangzhou');
      return await transfers.importFile(file, { lease, key: null });
    },
    left: () => (existsSync(scratchFolder) ? readdirSync(scratchFolder) : []),
    async [Symbol.asyncDispose]() {
      await transfers[Symbol.asyncDispose]();
      await blocks[Symbol.asyncDispose]();
      temporary[Symbol.dispose]();
    },
  };
}

function writeDisk(
  path: string,
  sizeBytes: number,
  extents: readonly { at: number; text: string; length: number }[],
): void {
  const file = openSync(path, 'w');
  for (const { at, text, length } of extents) {
    if (at < sizeBytes && length > 0)
      writeSync(file, Buffer.alloc(Math.min(length, sizeBytes - at), text), 0, undefined, at);
  }
  closeSync(file);
  truncateSync(path, sizeBytes);
}

const sh = (script: string, ...argv: string[]) =>
  execFileSync('sh', ['-ec', script, 'sh', ...argv], { stdio: ['ignore', 'ignore', 'inherit'] });

/** Name → how it is made of the raw file $1, as the file $2. */
const WAYS: Readonly<Record<string, string>> = {
  'v2.qcow2': 'qemu-img convert -f raw -O qcow2 -o compat=0.10 "$1" "$2"',
  'zlib.qcow2': 'qemu-img convert -c -f raw -O qcow2 "$1" "$2"',
  'zstd.qcow2': 'qemu-img convert -c -f raw -O qcow2 -o compression_type=zstd "$1" "$2"',
  'fixed.vhd': 'qemu-img convert -f raw -O vpc -o subformat=fixed,force_size=on "$1" "$2"',
  'dynamic.vhd': 'qemu-img convert -f raw -O vpc -o subformat=dynamic,force_size=on "$1" "$2"',
  'sparse.vmdk': 'qemu-img convert -f raw -O vmdk "$1" "$2"',
  'stream.vmdk': 'qemu-img convert -f raw -O vmdk -o subformat=streamOptimized "$1" "$2"',
  'disk.vdi': 'qemu-img convert -f raw -O vdi "$1" "$2"',
  'disk.vhdx': 'qemu-img convert -f raw -O vhdx "$1" "$2"',
  'disk.raw.gz': 'gzip -1 -c "$1" > "$2"',
  'two.raw.gz': '(head -c 1000000 "$1" | gzip -1; tail -c +1000001 "$1" | gzip -1) > "$2"',
  'disk.raw.zst': 'zstd -1 -q -c "$1" > "$2"',
  'disk.raw.xz': 'xz -0 -c "$1" > "$2"',
  'plain.raw.tar': 'tar -C "$(dirname "$1")" -cf "$2" "$(basename "$1")"',
  'gnu.raw.tar.gz': 'tar -C "$(dirname "$1")" --sparse --format=gnu -czf "$2" "$(basename "$1")"',
  'pax.raw.tar.gz': 'tar -C "$(dirname "$1")" --sparse --format=posix -czf "$2" "$(basename "$1")"',
  'pax01.raw.tar.xz':
    'tar -C "$(dirname "$1")" --sparse --format=posix --sparse-version=0.1 -cJf "$2" "$(basename "$1")"',
  'folder.raw.tar.zst': 'mkdir "$2.d"; ln "$1" "$2.d/disk.raw"; tar -C "$2.d" --sparse --zstd -cf "$2" .; rm -r "$2.d"',
  'disk.qcow2.xz': 'qemu-img convert -f raw -O qcow2 "$1" "$2.q"; xz -0 -c "$2.q" > "$2"; rm "$2.q"',
  'disk.vhd.tar.gz':
    'qemu-img convert -f raw -O vpc -o force_size=on "$1" "$2.v"; tar -C "$(dirname "$2")" -czf "$2" "$(basename "$2.v")"; rm "$2.v"',
};

test('a disk is the same disk from every format and packing, and nothing is left beside it', async () => {
  await using p = place();
  const raw = p.at('disk.raw');
  const extents = [0, 1.5, 3, 17.25, 30].map((at) => ({ at: at * MIB, text: `at ${at}, `, length: 700_000 }));
  writeDisk(raw, 40 * MIB, extents);
  const expected = await p.import({ path: raw, format: 'raw' });
  assert.ok(expected.root);
  for (const [name, way] of Object.entries(WAYS)) {
    const path = p.at(name);
    sh(way, raw, path);
    const { format, packing } = imageFormOf(name)!;
    const { root, sizeBytes } = await p.import({ path, format: format!, packing });
    assert.deepEqual({ name, root, sizeBytes }, { name, root: expected.root, sizeBytes: 40 * MIB });
    assert.deepEqual(p.left(), [], name);
  }
});

test('any sparse disk is the same disk through every reader of ours', async () => {
  await using p = place();
  const raw = p.at('disk.raw');
  const ours = Object.keys(WAYS).filter((name) => /vhd|tar|gz|zst$/.test(name) && !/vhdx/.test(name));
  const sectors = (max: number) => fc.integer({ min: 0, max }).map((n) => n * 512);
  const extent = fc.record({ at: sectors(12_000), length: sectors(700), text: fc.constantFrom('a', 'bcd', '\0') });
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 12_000 }).map((n) => n * 512),
      fc.array(extent, { maxLength: 6 }),
      fc.constantFrom(...ours),
      async (sizeBytes, extents, name) => {
        writeDisk(raw, sizeBytes, extents);
        const expected = await p.import({ path: raw, format: 'raw' });
        sh(WAYS[name]!, raw, p.at(name));
        const { format, packing } = imageFormOf(name)!;
        const { root } = await p.import({ path: p.at(name), format: format!, packing });
        assert.equal(root, expected.root, name);
      },
    ),
    { numRuns: 6 },
  );
});

test('an object of several parts is read as one file, in any format', async () => {
  await using p = place();
  const raw = p.at('disk.raw');
  writeDisk(raw, 8 * MIB, [{ at: MIB, text: 'text ', length: 3 * MIB }]);
  const { root } = await p.import({ path: raw, format: 'raw' });
  for (const name of ['zlib.qcow2', 'dynamic.vhd', 'sparse.vmdk', 'disk.raw.gz']) {
    sh(WAYS[name]!, raw, p.at(name));
    const bytes = readFileSync(p.at(name));
    const parts = [0, 1, 2].map((part) => p.at(`part-${part}`));
    const cut = [0, 700, Math.floor(bytes.length / 2), bytes.length];
    for (const [at, path] of parts.entries()) writeFileSync(path, bytes.subarray(cut[at], cut[at + 1]));
    const { format, packing } = imageFormOf(name)!;
    assert.equal((await p.import({ path: 'oss://bucket/key', parts, format: format!, packing })).root, root, name);
  }
});

test('what is not what it was declared to be is refused, and leaves nothing', async () => {
  await using p = place();
  const raw = p.at('disk.raw');
  writeDisk(raw, 4 * MIB, [{ at: 0, text: 'text ', length: MIB }]);
  for (const name of [
    'v2.qcow2',
    'dynamic.vhd',
    'fixed.vhd',
    'sparse.vmdk',
    'disk.vdi',
    'disk.vhdx',
    'disk.raw.gz',
    'plain.raw.tar',
  ])
    sh(WAYS[name]!, raw, p.at(name));
  sh('qemu-img create -q -f qcow2 -F raw -b "$1" "$2"', raw, p.at('backed.qcow2'));
  sh('qemu-img create -q -f vmdk -o backing_fmt=vmdk -b "$1" "$2"', p.at('sparse.vmdk'), p.at('backed.vmdk'));
  sh(
    'cd "$(dirname "$2")" && qemu-img convert -O vmdk -o subformat=monolithicFlat "$1" flat.vmdk',
    raw,
    p.at('flat.vmdk'),
  );
  sh('tar -C "$(dirname "$1")" -cf "$2" disk.raw fixed.vhd', raw, p.at('two.tar'));
  sh('ln -s /etc/passwd "$1/link"; tar -C "$1" -cf "$2" link; rm "$1/link"', p.at('.'), p.at('link.tar'));
  const packedQcow2 = gzipSync(readFileSync(p.at('v2.qcow2')));
  const zst = zstdCompressSync(readFileSync(raw));
  const files: Record<string, Buffer> = {
    'qcow2.raw.gz': packedQcow2,
    'cut.raw.gz': gzipSync(readFileSync(raw)).subarray(0, -9),
    'more.raw.gz': Buffer.concat([gzipSync(readFileSync(raw)), Buffer.from('more')]),
    'more.raw.zst': Buffer.concat([zst, Buffer.from('more')]),
    'cut.raw.zst': zst.subarray(0, -20),
    'bomb.raw.zst': zstdCompressSync(Buffer.alloc(200 * MIB)),
    'polyglot.qcow2': Buffer.concat([readFileSync(p.at('v2.qcow2')), readFileSync(p.at('fixed.vhd')).subarray(-512)]),
    'empty.raw.gz': gzipSync(Buffer.alloc(0)),
  };
  for (const [name, bytes] of Object.entries(files)) writeFileSync(p.at(name), bytes);
  const refused: [string, DiskFormat, DiskFile['packing'], RegExp][] = [
    ['v2.qcow2', 'raw', null, /mark of qcow2/],
    ['dynamic.vhd', 'raw', null, /mark of vhd/],
    ['fixed.vhd', 'raw', null, /mark of vhd/],
    ['disk.raw.gz', 'raw', null, /mark of gzip/],
    ['plain.raw.tar', 'raw', null, /mark of tar/],
    ['disk.vdi', 'raw', null, /mark of vdi/],
    ['sparse.vmdk', 'qcow2', null, /mark of vmdk/],
    ['disk.raw', 'qcow2', null, /does not begin as one/],
    ['disk.raw', 'vhd', null, /does not end as one/],
    ['disk.raw', 'vmdk', null, /no sparse extent/],
    ['disk.raw', 'vdi', null, /does not begin as one/],
    ['disk.raw', 'vhdx', null, /does not begin as one/],
    ['disk.raw', 'raw', 'gz', /does not begin as one/],
    ['disk.raw', 'raw', 'xz', /does not begin as one/],
    ['disk.raw', 'raw', 'tar', /not a tar archive/],
    ['backed.qcow2', 'qcow2', null, /backing file/],
    ['backed.vmdk', 'vmdk', null, /lacks its parent/],
    ['flat.vmdk', 'vmdk', null, /no sparse extent/],
    ['two.tar', 'raw', 'tar', /more than one file/],
    ['link.tar', 'raw', 'tar', /neither a file nor a folder/],
    ['qcow2.raw.gz', 'raw', 'gz', /mark of qcow2/],
    ['cut.raw.gz', 'raw', 'gz', /not a whole .gz file/],
    ['more.raw.gz', 'raw', 'gz', /not a whole .gz file|behind its compressed data/],
    ['more.raw.zst', 'raw', 'zst', /not a whole .zst file|behind its compressed data/],
    ['cut.raw.zst', 'raw', 'zst', /not a whole .zst file/],
    ['bomb.raw.zst', 'raw', 'zst', /2048 times/],
    ['polyglot.qcow2', 'qcow2', null, /mark of vhd/],
    ['empty.raw.gz', 'raw', 'gz', /no bytes/],
  ];
  for (const [name, format, packing, message] of refused) {
    await assert.rejects(
      p.import({ path: p.at(name), format, packing }),
      { ...INVALID, message },
      `${name} as ${format}`,
    );
    assert.deepEqual(p.left(), [], name);
  }
});
