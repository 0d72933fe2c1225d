import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { createDeflater } from './deflate.ts';

const LARGEST = 300_000;
const END = Buffer.from([3, 0]);

test('pieces are one stream, put behind each other, and each is the caller’s own', () => {
  const deflate = createDeflater(3, LARGEST);
  const plains = [
    Buffer.alloc(0),
    Buffer.alloc(LARGEST, 'text '),
    randomBytes(LARGEST),
    Buffer.alloc(1),
    randomBytes(70),
  ];
  const pieces = plains.map((plain) => deflate(plain));
  assert.ok(inflateRawSync(Buffer.concat([...pieces, END])).equals(Buffer.concat(plains)));
  for (const [at, plain] of plains.entries()) {
    assert.ok(inflateRawSync(Buffer.concat([pieces[at]!, END])).equals(plain), 'it looks back at nothing');
    assert.ok(deflate(plain).equals(pieces[at]!), 'the same bytes make the same piece');
  }
});

test('it packs as well as the public function', () => {
  const plain = Buffer.from(randomBytes(100_000).toString('hex'));
  assert.ok(createDeflater(3, LARGEST)(plain).length <= deflateRawSync(plain, { level: 3 }).length + 10);
});
