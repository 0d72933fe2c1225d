import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { createZstdDecompress, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import fc from 'fast-check';
import { createCompressor, createDecompressor } from './zstd.ts';

const LARGEST = 300_000;

test('what a kept context packs and unpacks is what the public functions do', () => {
  const compress = createCompressor(1, LARGEST);
  const unpack = createDecompressor();
  const decompress = (frame: Buffer, bytes: number) => unpack(frame, Buffer.alloc(bytes));
  const plains = fc
    .tuple(
      fc.uint8Array({ maxLength: 2000 }),
      fc.integer({ min: 0, max: 100_000 }),
      fc.integer({ min: 0, max: 100_000 }),
    )
    .map(([head, zeros, noise]) => Buffer.concat([head, Buffer.alloc(zeros), randomBytes(noise)]));
  fc.assert(
    fc.property(plains, (plain) => {
      const frame = Buffer.from(compress(plain));
      assert.ok(zstdDecompressSync(frame).equals(plain));
      assert.ok(decompress(frame, plain.length).equals(plain));
      assert.ok(decompress(zstdCompressSync(plain), plain.length).equals(plain));
    }),
  );
});

test('noise of the largest size fits', () => {
  const compress = createCompressor(1, LARGEST);
  const noise = randomBytes(LARGEST);
  assert.ok(zstdDecompressSync(compress(noise)).equals(noise));
});

test('damage throws, and the next call works', () => {
  const unpack = createDecompressor();
  const decompress = (frame: Buffer, bytes: number) => unpack(frame, Buffer.alloc(bytes));
  const plain = Buffer.alloc(10_000, 'text');
  const frame = zstdCompressSync(plain);
  for (let round = 0; round < 3; round++) {
    assert.throws(() => decompress(Buffer.from('no frame'), 10), { code: 'ZSTD_error_prefix_unknown' });
    assert.throws(() => decompress(frame.subarray(0, frame.length - 2), plain.length), { name: 'Error' });
    assert.throws(() => decompress(frame, plain.length - 1), { code: 'ERR_BUFFER_TOO_LARGE' });
    assert.ok(decompress(frame, plain.length).equals(plain));
    assert.ok(decompress(frame, plain.length + 1).equals(plain), 'less than expected is for the caller to see');
  }
});

test('the way that is fast is there in this version of Node', () => {
  const { _handle, _writeState } = createZstdDecompress() as unknown as Record<
    string,
    { reset?: unknown; writeSync?: unknown }
  >;
  assert.equal(typeof _handle?.reset, 'function');
  assert.equal(typeof _handle?.writeSync, 'function');
  assert.ok(_writeState instanceof Uint32Array);
});
