import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  closeSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { createIds } from '../base/ids.ts';
import { silentLog } from '../base/log.ts';
import { openBlocks, type Blocks, type Progress } from '../blocks/blocks.ts';
import { segmentsFolder } from '../blocks/chunkIndex.ts';
import { CHUNK_BYTES } from '../blocks/format.ts';
import { temporaryFolder } from '../blocks/storeFixture.ts';
import { openTransfers, type Transfers } from './transfers.ts';

const REGION = 'cn-hangzhou';
const MIB = 2 ** 20;

interface Place extends AsyncDisposable {
  folder: string;
  blocks: Blocks;
  transfers: Transfers;
}

/** `around` stands between the transfers and the store. */
function place(around: (blocks: Blocks) => Blocks = (blocks) => blocks): Place {
  const temporary = temporaryFolder('transfers');
  const blocks = openBlocks({ dataFolder: join(temporary.path, 'data'), ids: createIds(), log: silentLog });
  const transfers = openTransfers({
    blocks: around(blocks),
    threads: 2,
    scratchFolder: join(temporary.path, 'data', 'scratch'),
  });
  return {
    folder: temporary.path,
    blocks,
    transfers,
    async [Symbol.asyncDispose]() {
      await transfers[Symbol.asyncDispose]();
      await blocks[Symbol.asyncDispose]();
      temporary[Symbol.dispose]();
    },
  };
}

/** A sparse disk with some text in each of its pieces, and an odd length. */
function writeDisk(path: string, sizeBytes = 100 * MIB + 512): void {
  const file = openSync(path, 'w');
  for (let at = 0; at < sizeBytes; at += 5 * MIB)
    writeSync(file, Buffer.alloc(600_000, `at ${at}, `), 0, Math.min(600_000, sizeBytes - at), at);
  closeSync(file);
  truncateSync(path, sizeBytes);
}

const sameBytes = (a: string, b: string) => readFileSync(a).equals(readFileSync(b));

test('a disk that was imported is exported as it was, from raw and from qcow2', async () => {
  await using p = place();
  const raw = join(p.folder, 'disk.raw');
  const qcow2 = join(p.folder, 'disk.qcow2');
  const out = join(p.folder, 'out.raw');
  writeDisk(raw);
  execFileSync('qemu-img', ['convert', '-c', '-O', 'qcow2', raw, qcow2]);
  await using lease = await p.blocks.lease(REGION);
  const progress: Progress[] = [];
  const watched = { lease, key: null, onProgress: (now: Progress) => void progress.push(now) };
  const first = await p.transfers.importFile({ path: raw, format: 'raw' }, watched);
  assert.equal(first.sizeBytes, statSync(raw).size);
  assert.ok(first.root && first.storedBytes > 0);
  const done = progress.map(({ doneBytes }) => doneBytes);
  assert.deepEqual(
    done,
    done.toSorted((a, b) => a - b),
  );
  assert.deepEqual(progress.at(-1), { doneBytes: first.sizeBytes, totalBytes: first.sizeBytes });

  const storeBytes = async () => (await p.blocks.usage(REGION)).segmentBytes;
  const sizes = [await storeBytes()];
  const second = await p.transfers.importFile({ path: qcow2, format: 'qcow2' }, { lease, key: null });
  assert.deepEqual(second, first, 'what was there already shows in nothing');
  sizes.push(await storeBytes());
  const options = { lease, key: null, knowsStore: true };
  assert.deepEqual(await p.transfers.importFile({ path: raw, format: 'raw' }, options), first);
  sizes.push(await storeBytes());
  assert.ok(sizes[2]! - sizes[1]! < sizes[1]! - sizes[0]!, 'who may know what is there does not store it again');

  progress.length = 0;
  await p.transfers.exportFile({ regionId: REGION, key: null, ...first }, out, watched);
  assert.ok(sameBytes(raw, out));
  assert.ok(statSync(out).blocks * 512 < statSync(out).size / 2, 'it is sparse');
  assert.equal(progress.at(-1)?.doneBytes, first.sizeBytes);
  assert.deepEqual(readdirSync(p.folder).sort(), ['data', 'disk.qcow2', 'disk.raw', 'out.raw']);
});

test('empty disks have no root, of any size and format, and are exported as holes', async () => {
  await using p = place();
  await using lease = await p.blocks.lease(REGION);
  const raw = join(p.folder, 'disk.raw');
  const qcow2 = join(p.folder, 'disk.qcow2');
  writeFileSync(raw, '');
  truncateSync(raw, 2 ** 41);
  execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', qcow2, '2T']);
  for (const [path, format] of [
    [raw, 'raw'],
    [qcow2, 'qcow2'],
  ] as const) {
    assert.deepEqual(await p.transfers.importFile({ path, format }, { lease, key: null }), {
      root: null,
      sizeBytes: 2 ** 41,
      storedBytes: 0,
    });
  }
  await p.transfers.exportFile(
    { regionId: REGION, key: null, root: null, sizeBytes: 2 ** 41 },
    join(p.folder, 'out.raw'),
    {},
  );
  const { size, blocks } = statSync(join(p.folder, 'out.raw'));
  assert.deepEqual({ size, blocks }, { size: 2 ** 41, blocks: 0 });
});

test('a little data at the ends of a vast disk', async () => {
  await using p = place();
  await using lease = await p.blocks.lease(REGION);
  const raw = join(p.folder, 'disk.raw');
  const size = 300 * 2 ** 30;
  writeFileSync(raw, 'begin');
  truncateSync(raw, size);
  const file = openSync(raw, 'r+');
  writeSync(file, 'end', size - 3);
  closeSync(file);
  const disk = await p.transfers.importFile({ path: raw, format: 'raw' }, { lease, key: null });
  const { openDiskReader } = await import('../blocks/diskReader.ts');
  const reader = openDiskReader(p.blocks.folder(REGION), disk.root, size);
  assert.equal(reader.readChunk(0)?.subarray(0, 6).toString(), 'begin\0');
  assert.equal(reader.readChunk(1), null);
  assert.equal(
    reader
      .readChunk(size / CHUNK_BYTES - 1)
      ?.subarray(-3)
      .toString(),
    'end',
  );
  reader.close();
});

test('what the store lost between finding and committing is put again', async () => {
  let refused = 0;
  await using p = place((blocks) => ({
    ...blocks,
    commit: async (lease, refs) => {
      if (refs.length === 0 || refused > 0) return blocks.commit(lease, refs);
      refused = refs.length;
      return refs.map(({ index }) => index);
    },
  }));
  await using lease = await p.blocks.lease(REGION);
  const raw = join(p.folder, 'disk.raw');
  writeDisk(raw);
  const disk = await p.transfers.importFile({ path: raw, format: 'raw' }, { lease, key: null });
  assert.ok(refused > 0);
  await p.transfers.exportFile({ regionId: REGION, key: null, ...disk }, join(p.folder, 'out.raw'), {});
  assert.ok(sameBytes(raw, join(p.folder, 'out.raw')));
});

test('probe tells the size without reading data, and what is wrong', async () => {
  await using p = place();
  const qcow2 = join(p.folder, 'disk.qcow2');
  execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', qcow2, '5G']);
  assert.deepEqual(await p.transfers.probe({ path: qcow2, format: 'qcow2' }), { sizeBytes: 5 * 2 ** 30 });
  assert.deepEqual(await p.transfers.probe({ path: qcow2, format: 'raw', asToldRaw: true }), {
    sizeBytes: Math.ceil(statSync(qcow2).size / 512) * 512,
  });
  const invalid = { name: 'WorldFault', code: 'ImageFileInvalid' };
  await assert.rejects(p.transfers.probe({ path: qcow2, format: 'raw' }), { ...invalid, message: /mark of qcow2/ });
  truncateSync(qcow2, 1000);
  await assert.rejects(p.transfers.probe({ path: qcow2, format: 'qcow2' }), invalid);
  truncateSync(qcow2, 0);
  await assert.rejects(p.transfers.probe({ path: qcow2, format: 'raw' }), invalid);
  await assert.rejects(p.transfers.probe({ path: join(p.folder, 'none'), format: 'raw' }), { code: 'FileMissing' });
  await using lease = await p.blocks.lease(REGION);
  await assert.rejects(p.transfers.importFile({ path: qcow2, format: 'qcow2' }, { lease, key: null }), invalid);
});

test('a damaged cluster in the middle ends an import; its lease takes everything away', async () => {
  await using p = place();
  const raw = join(p.folder, 'disk.raw');
  const qcow2 = join(p.folder, 'disk.qcow2');
  writeDisk(raw);
  execFileSync('qemu-img', ['convert', '-c', '-O', 'qcow2', '-o', 'compression_type=zstd', raw, qcow2]);
  const file = openSync(qcow2, 'r+');
  // The last compressed cluster: the one whose frame begins last.
  const lastFrame = readFileSync(qcow2).lastIndexOf(Buffer.from('28b52ffd', 'hex'));
  writeSync(file, Buffer.alloc(16, 0xff), 0, 16, lastFrame);
  closeSync(file);
  const lease = await p.blocks.lease(REGION);
  await assert.rejects(p.transfers.importFile({ path: qcow2, format: 'qcow2' }, { lease, key: null }), {
    code: 'ImageFileInvalid',
  });
  await lease[Symbol.asyncDispose]();
  await p.blocks.collect(REGION, async () => []);
  assert.deepEqual(await p.blocks.usage(REGION), { chunks: 0, storedBytes: 0, segmentBytes: 0 });
});

test('an import that is told to end does so, and leaves nothing once its lease ends', async () => {
  await using p = place();
  const raw = join(p.folder, 'disk.raw');
  writeDisk(raw, 400 * MIB);
  const controller = new AbortController();
  const reason = new Error('cancelled');
  const lease = await p.blocks.lease(REGION);
  const importing = p.transfers.importFile(
    { path: raw, format: 'raw' },
    { lease, key: null, signal: controller.signal },
  );
  controller.abort(reason);
  await assert.rejects(importing, reason);
  await lease[Symbol.asyncDispose]();
  assert.deepEqual(readdirSync(segmentsFolder(p.blocks.folder(REGION))), []);
});

test('an export that fails or is told to end removes its file and leaves what was there before', async () => {
  await using p = place();
  const raw = join(p.folder, 'disk.raw');
  const out = join(p.folder, 'out.raw');
  writeDisk(raw);
  writeFileSync(out, 'before');
  await using lease = await p.blocks.lease(REGION);
  const disk = {
    regionId: REGION,
    key: null,
    ...(await p.transfers.importFile({ path: raw, format: 'raw' }, { lease, key: null })),
  };
  const controller = new AbortController();
  const reason = new Error('cancelled');
  const exporting = p.transfers.exportFile(disk, out, {
    signal: controller.signal,
    onProgress: () => controller.abort(reason),
  });
  await assert.rejects(exporting, reason);
  await assert.rejects(p.transfers.exportFile({ ...disk, root: 'ab'.repeat(32) }, out, {}), { code: 'ChunkDamaged' });
  await assert.rejects(p.transfers.exportFile(disk, join(p.folder, 'none', 'out.raw'), {}), { code: 'FileMissing' });
  assert.equal(readFileSync(out, 'utf8'), 'before');
  assert.deepEqual(readdirSync(p.folder).sort(), ['data', 'disk.raw', 'out.raw']);
});

test('what is no regular file is not replaced by an export', async () => {
  await using p = place();
  const disk = { regionId: REGION, root: null, sizeBytes: MIB, key: null };
  const link = join(p.folder, 'link');
  symlinkSync('/dev/null', link);
  for (const path of [p.folder, link])
    await assert.rejects(p.transfers.exportFile(disk, path, {}), { code: 'NotAFile' });
  assert.ok(lstatSync(link).isSymbolicLink());
});

test('a half-written export that a crash left is written over', async () => {
  await using p = place();
  const raw = join(p.folder, 'disk.raw');
  const out = join(p.folder, 'out.raw');
  writeDisk(raw);
  await using lease = await p.blocks.lease(REGION);
  const disk = await p.transfers.importFile({ path: raw, format: 'raw' }, { lease, key: null });
  writeFileSync(`${out}.partial`, Buffer.alloc(MIB, 'rubbish'));
  await p.transfers.exportFile({ regionId: REGION, key: null, ...disk }, out, {});
  assert.ok(sameBytes(raw, out));
  assert.deepEqual(readdirSync(p.folder).sort(), ['data', 'disk.raw', 'out.raw']);
});

test('the end of the service ends what runs', async () => {
  await using p = place();
  const raw = join(p.folder, 'disk.raw');
  writeDisk(raw, 400 * MIB);
  await using lease = await p.blocks.lease(REGION);
  const importing = p.transfers.importFile({ path: raw, format: 'raw' }, { lease, key: null });
  const ended = p.transfers[Symbol.asyncDispose]();
  await assert.rejects(importing, { code: 'Stopping', retryable: true });
  await ended;
});

test('a full disk is a fault that says so, for imports and exports, and nothing half-done stays', () => {
  using temporary = temporaryFolder('transfers');
  const raw = join(temporary.path, 'disk.raw');
  const small = join(temporary.path, 'small');
  mkdirSync(small);
  // Noise, so that it needs its whole size in the store.
  writeFileSync(raw, execFileSync('head', ['-c', String(24 * MIB), '/dev/urandom'], { maxBuffer: 64 * MIB }));
  const child = new URL('./transfer/fixtures/fullDisk.ts', import.meta.url).pathname;
  // A mount namespace of its own, so that no privilege is needed.
  const script =
    'mount -t tmpfs -o size=8m tmpfs "$1" && exec "$2" --disable-warning=ExperimentalWarning "$3" "$4" "$1" "$5"';
  const argv = [
    '--user',
    '--map-root-user',
    '--mount',
    'sh',
    '-c',
    script,
    'sh',
    small,
    process.execPath,
    child,
    raw,
    temporary.path,
  ];
  const result = JSON.parse(execFileSync('unshare', argv, { encoding: 'utf8' }));
  assert.deepEqual(result, { imported: 'DiskFull', segmentsLeft: [], exported: 'DiskFull', left: ['data'] });
});
