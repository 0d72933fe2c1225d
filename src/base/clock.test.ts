import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createClock } from './clock.ts';

const still = () => createClock(0, () => 1_000);

test('advancing wakes what is due, in any order, and nothing else', async () => {
  const clock = still();
  const woken: string[] = [];
  clock.schedule(5_000, () => woken.push('later'));
  clock.schedule(3_000, () => woken.push('sooner'));
  const cancel = clock.schedule(3_000, () => woken.push('cancelled'));
  cancel();
  await Promise.resolve();
  assert.deepEqual(woken, []);
  clock.advance(2_000);
  assert.deepEqual(woken, ['sooner']);
  clock.advance(2_000);
  assert.deepEqual(woken, ['sooner', 'later']);
  assert.equal(clock.now(), 5_000);
});

test('what is due already wakes soon, but never inside schedule itself', async () => {
  const clock = still();
  let woken = false;
  clock.schedule(0, () => (woken = true));
  assert.equal(woken, false);
  await Promise.resolve();
  assert.equal(woken, true);
});

test('a wait longer than a timer can hold is no error', () => {
  const clock = still();
  const cancel = clock.schedule(1_000 + 2 ** 40, () => assert.fail('woken too soon'));
  clock.advance(2 ** 33);
  cancel();
});
