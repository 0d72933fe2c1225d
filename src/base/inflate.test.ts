import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { constants, createInflateRaw, deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { createInflater } from './inflate.ts';

const LARGEST = 65_536;

test('whatever was deflated, with its end marker or without, and with bytes behind it', () => {
  const inflate = createInflater(LARGEST);
  const plains = fc
    .tuple(fc.uint8Array({ maxLength: 2000 }), fc.integer({ min: 0, max: 30_000 }), fc.integer({ min: 0, max: 30_000 }))
    .map(([head, zeros, noise]) => Buffer.concat([head, Buffer.alloc(zeros), randomBytes(noise)]));
  fc.assert(
    fc.property(plains, fc.uint8Array({ maxLength: 600 }), (plain, behind) => {
      const whole = deflateRawSync(plain);
      assert.ok(inflate(whole).equals(plain));
      assert.ok(inflate(Buffer.concat([whole, behind])).equals(plain));
      assert.ok(inflate(deflateRawSync(plain, { finishFlush: constants.Z_SYNC_FLUSH })).equals(plain));
    }),
  );
});

test('what is damaged or holds more throws, and the next call works', () => {
  const inflate = createInflater(LARGEST);
  const plain = Buffer.alloc(LARGEST, 'text');
  for (let round = 0; round < 3; round++) {
    assert.throws(() => inflate(Buffer.alloc(100, 0xff)), { code: 'Z_DATA_ERROR' });
    assert.throws(() => inflate(deflateRawSync(Buffer.alloc(LARGEST + 1))), { code: 'ERR_BUFFER_TOO_LARGE' });
    assert.ok(inflate(deflateRawSync(plain)).equals(plain));
  }
});

test('the way that is fast is there in this version of Node', () => {
  const { _handle, _writeState } = createInflateRaw() as unknown as Record<
    string,
    { reset?: unknown; writeSync?: unknown }
  >;
  assert.equal(typeof _handle?.reset, 'function');
  assert.equal(typeof _handle?.writeSync, 'function');
  assert.ok(_writeState instanceof Uint32Array);
});
