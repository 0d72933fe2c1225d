import assert from 'node:assert/strict';
import { test } from 'node:test';
import { currencyOf, priceOf } from './prices.ts';
import { DAY_MS } from './times.ts';

test('traffic costs by the GiB, capacity by the GiB and month, and both nothing so far', () => {
  const used = { bytes: 3 * 1024 ** 3, heldMs: 15 * DAY_MS };
  assert.equal(priceOf('CopyTraffic', used, 0.5), 1.5);
  assert.equal(priceOf('SnapshotCapacity', used, 0.5), 0.75);
  assert.equal(priceOf('CopyTraffic', used), 0);
  assert.equal(priceOf('SnapshotCapacity', used), 0);
  assert.deepEqual(['china', 'international', 'japan'].map(currencyOf), ['CNY', 'USD', 'JPY']);
});
