import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { seal, unseal } from './seal.ts';

const bytes = (maxLength: number) => fc.uint8Array({ maxLength }).map((array) => Buffer.from(array));

test('what is sealed opens to itself, with the same key and about the same thing alone', () => {
  const key = randomBytes(32);
  fc.assert(
    fc.property(bytes(300), bytes(40), fc.nat(), (plain, about, at) => {
      const sealed = seal(key, plain, about);
      assert.deepEqual(unseal(key, sealed, about), plain);
      assert.equal(unseal(randomBytes(32), sealed, about), null);
      assert.equal(unseal(key, sealed, Buffer.concat([about, Buffer.of(0)])), null);
      const changed = Buffer.from(sealed);
      changed[at % changed.length]! ^= 1;
      assert.equal(unseal(key, changed, about), null);
      assert.equal(unseal(key, sealed.subarray(0, at % sealed.length), about), null);
    }),
  );
});

test('the same text never looks the same', () => {
  const key = randomBytes(32);
  const text = Buffer.from('the same');
  assert.notDeepEqual(seal(key, text, text), seal(key, text, text));
});
