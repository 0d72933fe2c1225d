import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  closeSync,
  copyFileSync,
  mkdirSync,
  openSync,
  readFileSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { WorldFault } from '../../base/worldFault.ts';
import { chunkCount, CHUNK_BYTES } from '../../blocks/format.ts';
import { temporaryFolder } from '../../blocks/storeFixture.ts';
import { findData } from './holes.ts';
import { openQcow2 } from './qcow2.ts';
import { openRaw } from './raw.ts';
import { openImageFile, type DiskSource } from './source.ts';
import { zstdFrameBytes } from './zstdFrame.ts';

const INVALID = { name: 'WorldFault', code: 'ImageFileInvalid' };
const fileAt = (path: string) => openImageFile({ path });
const qemuImg = (...argv: string[]) => execFileSync('qemu-img', argv, { stdio: ['ignore', 'ignore', 'inherit'] });

interface Extent {
  at: number;
  length: number;
  fill: 'text' | 'noise' | 'zero';
}

/** A sparse raw file with the extents, 512-aligned, and its bytes. */
function writeRaw(path: string, sizeBytes: number, extents: readonly Extent[]): Buffer {
  const bytes = Buffer.alloc(sizeBytes);
  const file = openSync(path, 'w');
  for (const { at, length, fill } of extents) {
    const part = bytes.subarray(at, Math.min(at + length, sizeBytes));
    let state = at + 1;
    if (fill === 'zero') part.fill(0);
    else if (fill === 'text') part.fill(`extent at ${at}, `);
    else for (let i = 0; i < part.length; i++) part[i] = (state = (Math.imul(state, 1103515245) + 12345) >>> 0) >>> 16;
    writeSync(file, part, 0, part.length, at);
  }
  closeSync(file);
  truncateSync(path, sizeBytes);
  return bytes;
}

function readAll(source: DiskSource): Buffer {
  const into = Buffer.alloc(CHUNK_BYTES);
  const chunks = Array.from({ length: chunkCount(source.sizeBytes) }, (_, index) => {
    into.fill(0xee);
    return source.readChunk(index, into) === 'zero' ? Buffer.alloc(CHUNK_BYTES) : Buffer.from(into);
  });
  return Buffer.concat(chunks);
}

function assertReads(source: DiskSource, expected: Buffer): void {
  const read = readAll(source);
  const chunks = chunkCount(source.sizeBytes);
  for (let index = 0; index <= chunks; index++) {
    const next = source.nextData(index);
    assert.ok(next >= index && next <= chunks);
    assert.ok(
      read.subarray(index * CHUNK_BYTES, next * CHUNK_BYTES).every((byte) => byte === 0),
      'what is skipped is zero',
    );
  }
  source.close();
  assert.equal(source.sizeBytes, Math.ceil(expected.length / 512) * 512);
  assert.ok(read.subarray(0, expected.length).equals(expected), 'the bytes are what was written');
  assert.ok(
    read.subarray(expected.length).equals(Buffer.alloc(read.length - expected.length)),
    'behind the end is zero',
  );
}

const sector = (max: number) => fc.integer({ min: 0, max }).map((n) => n * 512);
const disks = fc.record({
  sizeBytes: fc.integer({ min: 1, max: 4096 }).map((n) => n * 512),
  extents: fc.array(
    fc.record({
      at: sector(4095),
      length: sector(600),
      fill: fc.constantFrom<Extent['fill'][]>('text', 'noise', 'zero'),
    }),
    { maxLength: 6 },
  ),
});
const variants = [
  ['-o', 'compat=0.10'],
  ['-o', 'compat=1.1,cluster_size=512'],
  ['-o', 'compat=1.1,cluster_size=2M'],
  ['-c', '-o', 'compat=0.10'],
  ['-c', '-o', 'compat=1.1,compression_type=zlib,cluster_size=4k'],
  ['-c', '-o', 'compat=1.1,compression_type=zstd'],
  ['-c', '-o', 'compat=1.1,compression_type=zstd,cluster_size=1M'],
  ['-S', '0', '-o', 'compat=1.1,preallocation=metadata'],
  ['-o', 'compat=1.1,lazy_refcounts=on,refcount_bits=64'],
];

test('whatever qemu-img writes, of any disk, reads as that disk', async () => {
  using folder = temporaryFolder('formats');
  const raw = join(folder.path, 'disk.raw');
  const qcow2 = join(folder.path, 'disk.qcow2');
  await fc.assert(
    fc.asyncProperty(disks, fc.constantFrom(...variants), async ({ sizeBytes, extents }, variant) => {
      const bytes = writeRaw(raw, sizeBytes, extents);
      assertReads(openRaw(fileAt(raw)), bytes);
      assertReads(openRaw(fileAt(raw), await findData(raw)), bytes);
      qemuImg('convert', '-q', '-f', 'raw', '-O', 'qcow2', ...variant, raw, qcow2);
      const source = openQcow2(fileAt(qcow2));
      source.checkTables();
      assertReads(source, bytes);
    }),
    { numRuns: 40 },
  );
});

suite('raw files', () => {
  test('holes are not read', async () => {
    using folder = temporaryFolder('formats');
    const path = join(folder.path, 'disk.raw');
    writeRaw(path, 64 * CHUNK_BYTES, [{ at: 10 * CHUNK_BYTES, length: 512, fill: 'text' }]);
    const source = openRaw(fileAt(path), await findData(path));
    const into = Buffer.alloc(CHUNK_BYTES);
    assert.deepEqual(
      [9, 10, 11, 63].map((index) => source.readChunk(index, into)),
      ['zero', 'data', 'zero', 'zero'],
    );
    source.close();
  });

  test('an empty disk of 2 TiB is known to be empty without reading it', async () => {
    using folder = temporaryFolder('formats');
    const path = join(folder.path, 'disk.raw');
    writeFileSync(path, '');
    truncateSync(path, 2 ** 41);
    assert.deepEqual(await findData(path), new Float64Array());
    const source = openRaw(fileAt(path), await findData(path));
    assert.equal(source.readChunk(chunkCount(2 ** 41) - 1, Buffer.alloc(CHUNK_BYTES)), 'zero');
    source.close();
  });

  test('a name that looks like an option or a protocol is only a name', async () => {
    using folder = temporaryFolder('formats');
    for (const name of ['--help', 'nbd:localhost:1', 'json:{}']) {
      const path = join(folder.path, name);
      const bytes = writeRaw(path, 4 * CHUNK_BYTES, [{ at: CHUNK_BYTES, length: 1024, fill: 'text' }]);
      const data = await findData(path);
      assert.ok(data && data[0]! >= 0 && data.length === 2, name);
      assertReads(openRaw(fileAt(path), data), bytes);
    }
  });

  test('what is empty, no file, or gone is refused', () => {
    using folder = temporaryFolder('formats');
    const path = join(folder.path, 'empty.raw');
    writeFileSync(path, '');
    assert.throws(() => openRaw(fileAt(path)), INVALID);
    assert.throws(() => openRaw(fileAt(folder.path)), { name: 'WorldFault' });
    symlinkSync('/dev/zero', join(folder.path, 'device'));
    assert.throws(() => openRaw(fileAt(join(folder.path, 'device'))), { ...INVALID, message: /not a regular file/ });
    assert.throws(() => openRaw(fileAt(join(folder.path, 'none'))), { code: 'FileMissing' });
    mkdirSync(join(folder.path, 'sub'));
    assert.throws(() => openRaw(fileAt(join(folder.path, 'sub'))), { name: 'WorldFault' });
  });

  test('a named pipe that nobody writes to is refused at once', () => {
    using folder = temporaryFolder('formats');
    const path = join(folder.path, 'pipe');
    execFileSync('mkfifo', [path]);
    // In a process of its own: one that waits for the pipe could not be stopped in any other way.
    const script = `import { openImageFile } from '${join(import.meta.dirname, 'source.ts')}';
      try { openImageFile({ path: process.argv[1] }); } catch (error) { console.log(error.code, error.message); }`;
    const argv = ['--input-type=module-typescript', '-e', script, path];
    const output = execFileSync(process.execPath, argv, { encoding: 'utf8', timeout: 60_000, stdio: 'pipe' });
    assert.match(output, /^ImageFileInvalid .*is not a regular file/);
  });

  test('a file that shrinks while it is read is noticed', () => {
    using folder = temporaryFolder('formats');
    const path = join(folder.path, 'disk.raw');
    writeRaw(path, 3 * CHUNK_BYTES, []);
    const source = openRaw(fileAt(path));
    truncateSync(path, CHUNK_BYTES);
    assert.throws(() => source.readChunk(1, Buffer.alloc(CHUNK_BYTES)), { ...INVALID, message: /became shorter/ });
    source.close();
  });
});

suite('qcow2 files that are not what they should be', () => {
  /** An image with plain, compressed, and zero clusters. */
  function makeImage(folder: string, options = 'compat=1.1'): string {
    const raw = join(folder, 'disk.raw');
    const qcow2 = join(folder, 'disk.qcow2');
    writeRaw(raw, 8 * CHUNK_BYTES, [
      { at: 0, length: 200_000 - (200_000 % 512), fill: 'text' },
      { at: 3 * CHUNK_BYTES, length: 100 * 512, fill: 'noise' },
    ]);
    qemuImg('convert', '-q', '-c', '-O', 'qcow2', '-o', options, raw, qcow2);
    execFileSync('qemu-io', ['-f', 'qcow2', '-c', 'write -P 7 1M 128k', '-c', 'write -z 0 64k', qcow2]);
    return qcow2;
  }

  function patched(folder: string, from: string, change: (bytes: Buffer) => Buffer | void): string {
    const path = join(folder, 'patched.qcow2');
    const bytes = readFileSync(from);
    writeFileSync(path, change(bytes) ?? bytes);
    return path;
  }

  const u32 = (at: number, value: number) => (bytes: Buffer) => void bytes.writeUInt32BE(value, at);
  const u64 = (at: number, value: bigint) => (bytes: Buffer) => void bytes.writeBigUInt64BE(value, at);
  const l1Of = (bytes: Buffer) => Number(bytes.readBigUInt64BE(40));
  const l2Of = (bytes: Buffer) => Number(bytes.readBigUInt64BE(l1Of(bytes)) & 0xfffffffffffe00n);
  const entry = (cluster: number, value: (bytes: Buffer) => bigint) => (bytes: Buffer) =>
    void bytes.writeBigUInt64BE(value(bytes), l2Of(bytes) + cluster * 8);

  const damages: Record<string, [(bytes: Buffer) => Buffer | void, RegExp]> = {
    'another magic': [u32(0, 0x12345678), /does not begin as one/],
    'too short for a header': [(bytes) => bytes.subarray(0, 71), /does not begin as one/],
    'a version 3 header cut short': [(bytes) => bytes.subarray(0, 90), /outside of the file|inside of its header/],
    'version 4': [u32(4, 4), /version 4/],
    'tiny clusters': [u32(20, 8), /clusters of 2\^8/],
    'huge clusters': [u32(20, 60), /clusters of 2\^60/],
    'a backing file': [u64(8, 0x200n), /backing file/],
    encryption: [u32(32, 1), /encrypted/],
    'no size': [u64(24, 0n), /a disk of 0 bytes/],
    'an absurd size': [u64(24, 1n << 62n), /a disk of \d+ bytes/],
    'a size that its L1 table cannot hold': [u64(24, 1n << 42n), /L1 table is too small/],
    'a huge L1 table': [u32(36, 0x7fffffff), /L1 table is too large/],
    'an L1 table outside of the file': [u64(40, 1n << 40n), /L1 table lies outside/],
    'an L1 table that is not aligned': [
      (bytes) => void bytes.writeBigUInt64BE(BigInt(l1Of(bytes)) + 8n, 40),
      /L1 table is not at the start/,
    ],
    'an L1 table over the header': [u64(40, 0n), /L1 table lies outside/],
    'an L1 table over the refcount table': [(bytes) => void bytes.copy(bytes, 40, 48, 56), /overlap/],
    'no refcount table': [u32(56, 0), /refcount table/],
    'a refcount table outside of the file': [u64(48, 1n << 40n), /refcount table lies outside/],
    'marked as corrupt': [u64(72, 2n), /corrupt/],
    'an external data file': [u64(72, 4n), /another file/],
    'extended L2 entries': [u64(72, 16n), /subclusters/],
    'an unknown feature': [u64(72, 1n << 40n), /features 0x10000000000/],
    'a contradicting compression type': [u64(72, 8n), /contradicts/],
    'an unknown compression type': [(bytes) => void bytes.writeUInt8(9, 104), /compression type 9/],
    'an impossible header length': [u32(100, 0xffff), /header of/],
    'impossible refcounts': [u32(96, 7), /reference counts/],
    'an L2 table outside of the file': [
      (bytes) => void bytes.writeBigUInt64BE(1n << 50n, l1Of(bytes)),
      /L2 table 0 lies outside/,
    ],
    'an L2 table that is the L1 table': [
      (bytes) => void bytes.writeBigUInt64BE(BigInt(l1Of(bytes)), l1Of(bytes)),
      /tables overlap/,
    ],
    'reserved bits in the L1 table': [(bytes) => void bytes.writeBigUInt64BE(1n, l1Of(bytes)), /unknown entry/],
    'data outside of the file': [entry(5, () => 1n << 45n), /outside of the file/],
    'data inside of the L2 table': [entry(5, (bytes) => BigInt(l2Of(bytes))), /inside of a table/],
    'data that is not aligned': [entry(5, () => 0x30200n), /not at the start/],
    'reserved bits in an entry': [entry(5, () => 1n << 61n), /not known/],
    'compressed data outside of the file': [entry(5, () => (1n << 62n) | (1n << 40n)), /outside of the file/],
    'compressed data inside of the L2 table': [
      entry(5, (bytes) => (1n << 62n) | BigInt(l2Of(bytes))),
      /inside of a table/,
    ],
    'truncated in its data': [(bytes) => bytes.subarray(0, bytes.length - 65536), /outside of the file/],
  };
  for (const [name, [change, message]] of Object.entries(damages)) {
    test(name, () => {
      using folder = temporaryFolder('formats');
      const path = patched(folder.path, makeImage(folder.path), change);
      assert.throws(
        () => {
          const source = openQcow2(fileAt(path));
          try {
            source.checkTables();
          } finally {
            source.close();
          }
        },
        { ...INVALID, message },
      );
    });
  }

  test('damaged compressed data is noticed when it is read', () => {
    using folder = temporaryFolder('formats');
    for (const type of ['zlib', 'zstd']) {
      const image = makeImage(folder.path, `compat=1.1,compression_type=${type}`);
      const path = patched(folder.path, image, (bytes) => {
        const offset = Number(bytes.readBigUInt64BE(l2Of(bytes) + 8) & ((1n << 54n) - 1n));
        bytes.fill(0xff, offset, offset + 64);
      });
      const source = openQcow2(fileAt(path));
      source.checkTables();
      assert.throws(() => readAll(source), { ...INVALID, message: /damaged|too short/ });
      source.close();
    }
  });

  test('a compressed cluster that unpacks to more than a cluster is refused', () => {
    using folder = temporaryFolder('formats');
    const large = join(folder.path, 'large.raw');
    writeRaw(large, 4 * CHUNK_BYTES, [{ at: 0, length: 4 * CHUNK_BYTES, fill: 'text' }]);
    const bomb = join(folder.path, 'bomb.qcow2');
    qemuImg('convert', '-q', '-c', '-O', 'qcow2', '-o', 'compat=1.1,cluster_size=1M', large, bomb);
    const stream = readFileSync(bomb);
    const at = Number(stream.readBigUInt64BE(l2Of(stream)) & ((1n << 50n) - 1n));
    const path = patched(folder.path, makeImage(folder.path), (bytes) => {
      const offset = Number(bytes.readBigUInt64BE(l2Of(bytes) + 8) & ((1n << 54n) - 1n));
      stream.copy(bytes, offset, at, at + 2048);
      entry(1, () => (1n << 62n) | (8n << 54n) | BigInt(offset))(bytes);
    });
    const source = openQcow2(fileAt(path));
    assert.throws(() => readAll(source), INVALID);
    source.close();
  });

  test('a file cut at any length, or with any bytes changed, is read or refused, and nothing else', () => {
    using folder = temporaryFolder('formats');
    const image = makeImage(folder.path);
    const whole = readFileSync(image);
    const path = join(folder.path, 'fuzzed.qcow2');
    const places = fc.oneof(
      fc.integer({ min: 0, max: 112 }),
      fc.integer({ min: 0, max: 15 }).map((n) => l1Of(whole) + n),
      fc.integer({ min: 0, max: 400 }).map((n) => l2Of(whole) + n),
      fc.integer({ min: 0, max: whole.length - 1 }),
    );
    const changes = fc.array(fc.tuple(places, fc.integer({ min: 0, max: 255 })), { maxLength: 8 });
    fc.assert(
      fc.property(changes, fc.option(fc.integer({ min: 0, max: whole.length }), { freq: 3 }), (bytes, length) => {
        copyFileSync(image, path);
        const file = openSync(path, 'r+');
        for (const [at, value] of bytes) writeSync(file, Uint8Array.of(value), 0, 1, at);
        closeSync(file);
        if (length !== null) truncateSync(path, length);
        try {
          const source = openQcow2(fileAt(path));
          try {
            source.checkTables();
            // A changed size may be honest and vast: a few chunks stand for all.
            const into = Buffer.alloc(CHUNK_BYTES);
            for (let index = 0; index < Math.min(16, chunkCount(source.sizeBytes)); index++)
              source.readChunk(index, into);
          } finally {
            source.close();
          }
        } catch (error) {
          assert.ok(error instanceof WorldFault && error.code === 'ImageFileInvalid', String((error as Error).stack));
        }
      }),
      { numRuns: 400 },
    );
  });
});

test('the length of a Zstandard frame is found without unpacking it', async () => {
  const { zstdCompressSync } = await import('node:zlib');
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 3000 }),
      fc.integer({ min: 0, max: 300_000 }),
      fc.uint8Array({ maxLength: 20 }),
      (head, zeros, behind) => {
        const frame = zstdCompressSync(Buffer.concat([head, Buffer.alloc(zeros)]));
        assert.equal(zstdFrameBytes(Buffer.concat([frame, behind])), frame.length);
        assert.equal(zstdFrameBytes(frame.subarray(0, frame.length - 1)), null);
      },
    ),
  );
  assert.equal(zstdFrameBytes(Buffer.from('no frame at all')), null);
});
