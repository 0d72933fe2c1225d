import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  autoSnapshotName,
  nextTimePoint,
  numbersText,
  readRetention,
  readTimePoints,
  readWeekdays,
} from './autoSnapshotPolicies.ts';

const next = (hours: number[], weekdays: number[], after: string) =>
  new Date(nextTimePoint({ hours, weekdays }, Date.parse(after))).toISOString();
const EVERY_DAY = [1, 2, 3, 4, 5, 6, 7];

test('the next time point is in UTC+8', () => {
  // Wednesday, 12:30 in UTC+8.
  const wednesday = '2026-11-25T04:30:00Z';
  assert.equal(next([13], EVERY_DAY, wednesday), '2026-11-25T05:00:00.000Z');
  assert.equal(next([0], EVERY_DAY, wednesday), '2026-11-25T16:00:00.000Z');
  assert.equal(next([12], EVERY_DAY, wednesday), '2026-11-26T04:00:00.000Z');
  assert.equal(next([1, 12], [1], wednesday), '2026-11-29T17:00:00.000Z');
  assert.equal(next([12], [3], wednesday), '2026-12-02T04:00:00.000Z');
  // Thursday has begun there.
  assert.equal(next([2], [4], '2026-11-25T17:00:00Z'), '2026-11-25T18:00:00.000Z');
  // One that is just now is over.
  assert.equal(next([13], EVERY_DAY, '2026-11-25T05:00:00Z'), '2026-11-26T05:00:00.000Z');
});

test('time points and weekdays are JSON arrays of numbers as texts', () => {
  assert.deepEqual(readTimePoints('["23","0", "7","7"]'), [0, 7, 23]);
  assert.deepEqual(readTimePoints('[1,2]'), [1, 2]);
  assert.deepEqual(readWeekdays('["7","1"]'), [1, 7]);
  for (const text of ['', '1', '[]', '["24"]', '["-1"]', '["a"]', '[null]', '[""]', '{"0":1}', '["1.5"]', '[[1]]x']) {
    assert.equal(readTimePoints(text), null, text);
  }
  for (const text of ['["0"]', '["8"]']) assert.equal(readWeekdays(text), null, text);
  assert.equal(numbersText([0, 12]), '["0","12"]');
});

test('retention is a number of days, or for ever', () => {
  assert.deepEqual([-1, 1, 65536].map(readRetention), [null, 1, 65536]);
  for (const days of [0, -2, 65537, 1.5, NaN]) assert.equal(readRetention(days), undefined, String(days));
});

test('automatic snapshots are named by the day in UTC+8', () => {
  assert.equal(autoSnapshotName('sp-1', Date.parse('2026-11-25T16:00:00Z')), 'auto2.0_20261126_sp-1');
});
