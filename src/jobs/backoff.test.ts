import assert from 'node:assert/strict';
import { test } from 'node:test';
import { backoffMs } from './backoff.ts';

test('waits double up to a minute, and at most half of each is random', () => {
  assert.deepEqual(
    [1, 2, 3, 4, 50].map((attempts) => backoffMs(attempts, () => 1)),
    [1000, 2000, 4000, 8000, 60_000],
  );
  assert.deepEqual(
    [1, 50].map((attempts) => backoffMs(attempts, () => 0)),
    [500, 30_000],
  );
});
