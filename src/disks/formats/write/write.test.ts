import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { closeSync, existsSync, openSync, readdirSync, rmSync, statSync, truncateSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { createIds } from '../../../base/ids.ts';
import { silentLog } from '../../../base/log.ts';
import { openBlocks, type StoredSource } from '../../../blocks/blocks.ts';
import { temporaryFolder } from '../../../blocks/storeFixture.ts';
import { openTransfers } from '../../transfers.ts';
import { createCombineCrc32 } from './gzip.ts';
import { vhdFooter } from './vhd.ts';

const REGION = 'cn-hangzhou';
const MIB = 1024 ** 2;
const GIB = 1024 ** 3;

function place() {
  const temporary = temporaryFolder('write');
  const blocks = openBlocks({ dataFolder: join(temporary.path, 'data'), ids: createIds(), log: silentLog });
  const transfers = openTransfers({ blocks, threads: 2, scratchFolder: join(temporary.path, 'scratch') });
  return {
    folder: temporary.path,
    transfers,
    async import(path: string): Promise<StoredSource> {
      await using lease = await blocks.lease(REGION);
      const { root, sizeBytes } = await transfers.importFile({ path, format: 'raw' }, { lease, key: null });
      return { regionId: REGION, root, sizeBytes, key: null };
    },
    async [Symbol.asyncDispose]() {
      await transfers[Symbol.asyncDispose]();
      await blocks[Symbol.asyncDispose]();
      temporary[Symbol.dispose]();
    },
  };
}

/** Text at each of these places, on a disk of zeros. */
function writeDisk(path: string, sizeBytes: number, places: readonly number[]): void {
  const file = openSync(path, 'w');
  truncateSync(path, sizeBytes);
  for (const at of places) {
    const text = Buffer.alloc(70_000, `at ${at}, `);
    writeSync(file, text, 0, Math.min(text.length, sizeBytes - at), at);
  }
  closeSync(file);
}

const qemuImg = (...argv: string[]) => execFileSync('qemu-img', argv, { encoding: 'utf8' });

/** What qemu-img calls them, and whether it has a check for it. */
const FORMATS = [
  { format: 'qcow2', name: 'qcow2', hasCheck: true },
  { format: 'vhd', name: 'vpc', hasCheck: false },
  { format: 'vhd-fixed', name: 'vpc', hasCheck: false },
  { format: 'vmdk', name: 'vmdk', hasCheck: true },
] as const;

async function comparesInEach(sizeBytes: number, places: readonly number[]): Promise<void> {
  await using p = place();
  const raw = join(p.folder, 'disk.raw');
  writeDisk(raw, sizeBytes, places);
  const disk = await p.import(raw);
  for (const { format, name, hasCheck } of FORMATS) {
    const out = join(p.folder, `out.${format}`);
    await p.transfers.exportFile(disk, out, { format });
    if (hasCheck) assert.match(qemuImg('check', '-f', name, out), /No errors/);
    assert.match(qemuImg('compare', '-f', 'raw', '-F', name, raw, out), /^Images are identical/, format);
    rmSync(out);
  }
  const archive = join(p.folder, 'out.raw.tar.gz');
  await p.transfers.exportFile(disk, archive, { format: 'raw.tar.gz' });
  const unpacked = join(p.folder, 'out.raw');
  execFileSync('tar', ['xzf', archive, '-C', p.folder]);
  assert.equal(statSync(unpacked).size, sizeBytes);
  assert.match(qemuImg('compare', '-f', 'raw', '-F', 'raw', raw, unpacked), /^Images are identical/);
}

test('what is written is what qemu-img and tar read, on a disk of an odd size', () =>
  comparesInEach(70 * MIB + 512, [0, 300_000, 4 * MIB - 100, 37 * MIB, 70 * MIB - 40_000]));

test('a disk of zeros, and one of a sector', async () => {
  await comparesInEach(9 * MIB, []);
  await comparesInEach(512, [0]);
});

test('random sparse disks in every format', async () => {
  const disks = fc
    .integer({ min: 1, max: (40 * MIB) / 512 })
    .chain((sectors) =>
      fc.tuple(fc.constant(sectors * 512), fc.array(fc.nat({ max: sectors * 512 - 1 }), { maxLength: 12 })),
    );
  await fc.assert(
    fc.asyncProperty(disks, ([sizeBytes, places]) => comparesInEach(sizeBytes, places)),
    { numRuns: 6 },
  );
});

test('40 GiB with little on them are little, and readers agree on sizes above 8 GiB', async () => {
  await using p = place();
  const raw = join(p.folder, 'disk.raw');
  writeDisk(raw, 40 * GIB, [0, 20 * GIB, 40 * GIB - 50_000]);
  const disk = await p.import(raw);
  const archive = join(p.folder, 'm-1_system.raw.tar.gz');
  await p.transfers.exportFile(disk, archive, { format: 'raw.tar.gz' });
  assert.ok(statSync(archive).size < 60 * MIB, `${statSync(archive).size}`);
  // Unpacking it all takes a minute, and the head alone says it.
  const head = execFileSync('sh', ['-c', 'gzip -dc "$0" 2>/dev/null | head -c 512', archive]);
  const { stdout } = spawnSync('tar', ['tvf', '-'], { input: head, encoding: 'utf8' });
  assert.match(stdout, new RegExp(`${40 * GIB}.* m-1_system\\.raw\n`));
  for (const { format, name } of FORMATS) {
    const out = join(p.folder, `out.${format}`);
    await p.transfers.exportFile(disk, out, { format });
    assert.ok(statSync(out).blocks * 512 < 16 * MIB, format);
    const { 'virtual-size': size } = JSON.parse(qemuImg('info', '-f', name, '--output=json', out)) as {
      'virtual-size': number;
    };
    assert.equal(size, 40 * GIB);
    assert.match(qemuImg('compare', '-f', 'raw', '-F', name, raw, out), /identical/, format);
  }
});

test('what is cancelled or fails leaves nothing, and nobody reads on', async () => {
  await using p = place();
  const raw = join(p.folder, 'disk.raw');
  writeDisk(
    raw,
    200 * MIB,
    Array.from({ length: 40 }, (_, index) => index * 5 * MIB),
  );
  const disk = await p.import(raw);
  const before = readdirSync(p.folder).toSorted();
  const out = join(p.folder, 'out.qcow2');
  const stop = new AbortController();
  const cancelled = p.transfers.exportFile(disk, out, {
    format: 'qcow2',
    signal: stop.signal,
    onProgress: () => stop.abort(new Error('enough')),
  });
  await assert.rejects(cancelled, /enough/);
  const missing = { ...disk, root: 'ab'.repeat(32) };
  await assert.rejects(p.transfers.exportFile(missing, out, { format: 'raw.tar.gz' }), { code: 'ChunkDamaged' });
  assert.deepEqual(readdirSync(p.folder).toSorted(), before);
  for await (const piece of p.transfers.exportStream(disk, { format: 'vmdk', name: 'x' }, {})) {
    assert.ok(piece.length > 0);
    break;
  }
  assert.ok(!existsSync(out));
});

test('a disk that the format has no room for is refused', () => {
  const identity = Buffer.alloc(16);
  assert.throws(() => vhdFooter({ sizeBytes: 2041 * GIB, identity }, 'dynamic'), { code: 'DiskTooLarge' });
});

test('checksums of pieces make that of the whole', () => {
  const combine = createCombineCrc32();
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 5000 }), fc.uint8Array({ maxLength: 5000 }), (first, second) => {
      const whole = crc32(Buffer.concat([first, second]));
      assert.equal(combine(crc32(first), crc32(second), second.length), whole);
    }),
  );
  assert.equal(combine(0, 0, 2 ** 40), 0);
});
