import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isRetentionDays, remainingSeconds } from './snapshots.ts';

test('retention is a whole number of days', () => {
  for (const days of [1, 65536]) assert.equal(isRetentionDays(days), true);
  for (const days of [0, -1, 65537, 1.5, Number.NaN]) assert.equal(isRetentionDays(days), false);
});

test('the remaining time follows the pace so far', () => {
  assert.equal(remainingSeconds(25, 10_000), 30);
  assert.equal(remainingSeconds(100, 10_000), 0);
  assert.equal(remainingSeconds(0, 10_000), null);
});
