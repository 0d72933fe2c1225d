import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { hasBit, nextBit, runEnd, setBit, setStates, stateOf } from './bitmaps.ts';

const BLOCKS = 96;

test('states of blocks are as those of an array', () => {
  const change = fc.tuple(fc.nat(BLOCKS - 1), fc.nat(BLOCKS - 1), fc.nat(3));
  fc.assert(
    fc.property(fc.array(change, { maxLength: 12 }), fc.nat(BLOCKS - 1), fc.nat(BLOCKS - 1), (changes, a, b) => {
      const states = new Uint8Array(BLOCKS / 4);
      const model = Array.from({ length: BLOCKS }, () => 0);
      for (const [x, y, state] of changes) {
        const [from, to] = [Math.min(x, y), Math.max(x, y) + 1];
        const differs = model.slice(from, to).some((before) => before !== state);
        model.fill(state, from, to);
        assert.equal(setStates(states, from, to, state), differs);
      }
      assert.deepEqual(
        model.map((_, block) => stateOf(states, block)),
        model,
      );
      const [from, to] = [Math.min(a, b), Math.max(a, b) + 1];
      const next = model.slice(from, to).findIndex((state) => state !== model[from]);
      assert.equal(runEnd(states, from, to), next < 0 ? to : from + next);
    }),
  );
});

test('bits are found in order', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(BLOCKS - 1)), (indexes) => {
      const bits = new Uint8Array(BLOCKS / 8);
      for (const index of indexes) {
        assert.equal(setBit(bits, index), true);
        assert.equal(setBit(bits, index), false);
      }
      const found: number[] = [];
      for (let index = nextBit(bits, 0); index >= 0; index = nextBit(bits, index + 1)) found.push(index);
      assert.deepEqual(
        found,
        indexes.toSorted((a, b) => a - b),
      );
      assert.ok(found.every((index) => hasBit(bits, index)));
    }),
  );
});

test('blocks beyond 2^32 have a place of their own', () => {
  const far = { length: 2 ** 32, [2 ** 30 + 1]: 0b1000 } as unknown as Uint8Array;
  assert.equal(stateOf(far, 2 ** 32 + 5), 2);
});
