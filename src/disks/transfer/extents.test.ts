import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CHUNK_BYTES } from '../../blocks/format.ts';
import { extentsOf } from './extents.ts';

test('chunks are told as extents, in units', () => {
  const extents = (chunks: number[], size: number, unit: number) =>
    extentsOf(Uint32Array.from(chunks), size * CHUNK_BYTES, unit * CHUNK_BYTES).map((byte) => byte / CHUNK_BYTES);
  assert.deepEqual(extents([], 10, 4), []);
  assert.deepEqual(extents([0, 1, 2, 5, 9], 10, 1), [0, 3, 5, 6, 9, 10]);
  assert.deepEqual(extents([1, 2, 13], 20, 4), [0, 4, 12, 16]);
  assert.deepEqual(extents([3, 4], 20, 4), [0, 8]);
  assert.deepEqual(extents([0, 9], 9.5, 4), [0, 4, 8, 9.5]);
});
