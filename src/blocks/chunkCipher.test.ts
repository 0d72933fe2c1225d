import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createChunkCipher } from './chunkCipher.ts';
import { FLAG_ENCRYPTED } from './format.ts';
import { contentKey } from './storeFixture.ts';

const cipher = createChunkCipher(contentKey('one'))!;
const other = createChunkCipher(contentKey('two'))!;

test('what is sealed opens under its key, as its chunk, and as it was', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 600 }), fc.nat(), (plain, at) => {
      const name = cipher.nameOf(plain);
      const sealed = cipher.seal(FLAG_ENCRYPTED, name, plain);
      assert.deepEqual(cipher.open(FLAG_ENCRYPTED, name, sealed), Buffer.from(plain));
      assert.equal(other.open(FLAG_ENCRYPTED, name, sealed), null, 'another key');
      assert.equal(cipher.open(FLAG_ENCRYPTED, other.nameOf(plain), sealed), null, 'another name');
      assert.equal(cipher.open(FLAG_ENCRYPTED | 1, name, sealed), null, 'other flags');
      const bent = Buffer.from(sealed);
      bent[at % bent.length]! ^= 1;
      assert.equal(cipher.open(FLAG_ENCRYPTED, name, bent), null, 'a bit changed');
      assert.equal(cipher.open(FLAG_ENCRYPTED, name, sealed.subarray(0, at % sealed.length)), null, 'cut short');
    }),
    { numRuns: 200 },
  );
});

test('names tell nothing to whom has no key, and equal bytes of one key share theirs', () => {
  const plain = Buffer.from('the same');
  assert.deepEqual(cipher.nameOf(plain), createChunkCipher(contentKey('one'))!.nameOf(plain));
  assert.notDeepEqual(cipher.nameOf(plain), other.nameOf(plain));
  assert.equal(createChunkCipher(null), null);
});
