import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pageOf } from './paging.ts';
import { minutesTime, parseTime, secondsTime } from './times.ts';

test('times are written and read in both forms', () => {
  const ms = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
  assert.equal(secondsTime(ms), '2026-01-02T03:04:05Z');
  assert.equal(minutesTime(ms), '2026-01-02T03:04Z');
  assert.equal(parseTime('2026-01-02T03:04:05Z'), Date.UTC(2026, 0, 2, 3, 4, 5));
  assert.equal(parseTime('2026-01-02T03:04Z'), Date.UTC(2026, 0, 2, 3, 4));
  for (const bad of ['', '2026-01-02', '2026-13-02T03:04Z', '2026-01-02T03:04:05', '2026-01-02 03:04:05Z']) {
    assert.equal(parseTime(bad), null, bad);
  }
});

test('pages', () => {
  assert.deepEqual(pageOf({}), { number: 1, size: 10, offset: 0 });
  assert.deepEqual(pageOf({ pageNumber: 3, pageSize: 100 }), { number: 3, size: 100, offset: 200 });
  assert.equal(pageOf({ pageNumber: 0 }), 'PageNumber');
  assert.equal(pageOf({ pageNumber: 1.5 }), 'PageNumber');
  assert.equal(pageOf({ pageSize: 0 }), 'PageSize');
  assert.equal(pageOf({ pageSize: 101 }), 'PageSize');
  assert.equal(pageOf({ pageSize: 51 }, { maxSize: 50 }), 'PageSize');
});
