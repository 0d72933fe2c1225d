import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { tongjing } from '../tongjing.ts';
import { createImageWorld, type ImageWorld } from './imageWorld.ts';

/** What a file of the operator's is taken for, and what is said of one that is written. */

let world: ImageWorld;
let folder: string;
const at = (name: string) => join(folder, name);
before(async () => {
  world = await createImageWorld({ disks: 'real', ownClock: true });
  folder = mkdtempSync(join(tmpdir(), 'tongjing-files-'));
  writeFileSync(at('plain.raw'), Buffer.alloc(1024 ** 2, 'some text '));
  execFileSync('qemu-img', ['convert', '-f', 'raw', '-O', 'qcow2', at('plain.raw'), at('disk.qcow2')]);
  const qcow2 = readFileSync(at('disk.qcow2'));
  for (const name of ['q', 'q.img', 'q.raw']) writeFileSync(at(name), qcow2);
  writeFileSync(at('q.raw.gz'), gzipSync(qcow2));
});
after(async () => {
  await world[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

const image = (...args: string[]) => tongjing(world.world.dataDir, ['image', ...args]);

/** The disk's bytes as another `export` writes them. */
async function bytesOf(imageId: string): Promise<Buffer> {
  const { code, err } = await image('export', imageId, at('out.raw'));
  assert.equal(code, 0, err);
  return readFileSync(at('out.raw'));
}

let names = 0;
const load = (file: string, ...options: string[]) =>
  image('import', at(file), '--name', `image-${(names += 1)}`, ...options);

test('a qcow2 file is a raw disk only when its user insists', async () => {
  const plain = readFileSync(at('plain.raw'));
  for (const file of ['disk.qcow2', 'q', 'q.img']) {
    const ran = await load(file);
    assert.equal(ran.code, 0, ran.err);
    assert.ok((await bytesOf(ran.out)).equals(plain), file);
  }
  for (const [file, ...options] of [['q.raw'], ['q.img', '--format', 'raw'], ['disk.qcow2', '--format', 'raw']]) {
    const ran = await load(file!, ...options);
    assert.equal(ran.code, 2, ran.err);
    assert.match(ran.err, /is a qcow2 disk\.\n.*--format qcow2; or --force-raw/);
  }
  // What the command line does not see the service does.
  const refused = await load('q.raw.gz');
  assert.equal(refused.code, 1);
  assert.match(refused.err, /^ImageFileInvalid: .*declared as raw, and carries the mark of qcow2/m);
  const piped = await tongjing(world.world.dataDir, ['image', 'import', '-', '--format', 'raw', '--name', 'piped'], {
    input: Readable.from([readFileSync(at('disk.qcow2'))]),
  });
  assert.match(piped.err, /^ImageFileInvalid: .*mark of qcow2/m);

  const bytes = readFileSync(at('disk.qcow2'));
  const forced: [string, ...string[]][] = [
    ['disk.qcow2'],
    ['q.raw', '--format', 'raw'],
    ['q.raw.gz', '--format', 'raw.gz'],
  ];
  for (const [file, ...options] of forced) {
    const ran = await load(file, ...options, '--force-raw');
    assert.equal(ran.code, 0, ran.err);
    assert.ok((await bytesOf(ran.out)).equals(bytes), file);
  }
  const odd = await load('disk.qcow2', '--format', 'qcow2', '--force-raw');
  assert.match(odd.err, /^InvalidParameter: forceRaw must be said of raw disks alone/m);
});

test('a file is written as its name says, or not at all', async () => {
  const { out } = await load('plain.raw');
  for (const name of ['out.foo', 'out', 'out.raw.gz']) {
    const ran = await image('export', out, at(name));
    assert.equal(ran.code, 2, ran.err);
    assert.equal(existsSync(at(name)), false);
  }
  assert.equal((await image('export', out, at('out.foo'), '--format', 'qcow2')).code, 0);
  execFileSync('qemu-img', ['compare', '-f', 'raw', '-F', 'qcow2', at('plain.raw'), at('out.foo')]);
});

test('an export says what it leaves out, and that what was encrypted lies open', async () => {
  const { out } = await load('plain.raw');
  assert.doesNotMatch((await image('export', out, at('out.raw'))).err, /left out|encrypted/);
  const [snapshotId] = await world.snapshotsOf(out);
  const { read, write } = world.world.parts.database;
  const [row] = await read.selectFrom('imageDisks').selectAll().where('imageId', '=', out).execute();
  const empty = { ...row!, position: 1, snapshotId: null, device: '/dev/xvdb', type: 'data' } as const;
  await write((tx) => tx.insertInto('imageDisks').values(empty).execute());
  const parts = await image('export', out, at('out.raw'));
  assert.equal(parts.code, 0);
  assert.match(parts.err, new RegExp(`^${out} holds data disks too \\(/dev/xvdb\\), which are left out`, 'm'));
  await world.change('snapshots', snapshotId!, { encrypted: 1 });
  assert.match(
    (await image('export', out, at('out.raw'))).err,
    new RegExp(`^${out} is encrypted; the file is not`, 'm'),
  );
});
