import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createNonces } from './nonces.ts';
import { mayTunnelTo, isOurHost } from './proxy.ts';
import { createThrottles } from './throttle.ts';

const MINUTE_MS = 60_000;

test('a nonce is remembered for as long as its time stamp could be accepted, then forgotten', () => {
  let now = 0;
  const nonces = createNonces(() => now);
  assert.equal(nonces.of('key', 'n').use(), true);
  for (const minute of [0, 15, 29, 30]) {
    now = minute * MINUTE_MS;
    assert.equal(nonces.of('key', 'n').isUsed, true, `after ${minute} minutes`);
    assert.equal(nonces.of('other', 'n').isUsed, false);
  }
  now = 61 * MINUTE_MS;
  assert.equal(nonces.of('key', 'n').isUsed, false);
});

test('after a long silence nothing old is left', () => {
  let now = 0;
  const nonces = createNonces(() => now);
  nonces.of('key', 'n').use();
  now = 1000 * MINUTE_MS;
  assert.equal(nonces.of('key', 'n').isUsed, false);
});

test('many nonces are all remembered', () => {
  const nonces = createNonces(() => 0);
  for (let index = 0; index < 20_000; index++) assert.equal(nonces.of('key', String(index)).use(), true);
  for (let index = 0; index < 20_000; index++) assert.equal(nonces.of('key', String(index)).isUsed, true);
  let mistaken = 0;
  for (let index = 20_000; index < 40_000; index++) if (nonces.of('key', String(index)).isUsed) mistaken += 1;
  assert.equal(mistaken, 0);
});

test('memory is bounded: beyond it requests are refused', () => {
  const nonces = createNonces(() => 0, 4096);
  let accepted = 0;
  while (nonces.of('key', String(accepted)).use()) accepted += 1;
  assert.ok(accepted >= 3000 && accepted < 4096);
  assert.equal(nonces.of('key', '0').isUsed, true);
});

test('a bucket gives its burst, then its rate', () => {
  let now = 0;
  const throttles = createThrottles(
    { account: { perSecond: 10, burst: 3 }, action: { perSecond: 0, burst: 0 } },
    () => now,
  );
  const take = (count: number) =>
    Array.from({ length: count }, () => throttles.allows('a', 'X')).filter(Boolean).length;
  assert.equal(take(5), 3);
  now = 99;
  assert.equal(take(5), 0);
  now = 200;
  assert.equal(take(5), 2);
  now = 60_000;
  assert.equal(take(5), 3);
});

test('buckets are of one account and one action', () => {
  const throttles = createThrottles(
    { account: { perSecond: 0, burst: 0 }, action: { perSecond: 1, burst: 1 } },
    () => 0,
  );
  assert.deepEqual(
    [throttles.allows('a', 'X'), throttles.allows('a', 'X'), throttles.allows('a', 'Y'), throttles.allows('b', 'X')],
    [true, false, true, true],
  );
});

test('buckets that say nothing are dropped', () => {
  let now = 0;
  const throttles = createThrottles(
    { account: { perSecond: 1000, burst: 1 }, action: { perSecond: 0, burst: 0 } },
    () => now,
  );
  for (let index = 0; index < 25_000; index++) {
    now += 1;
    assert.equal(throttles.allows(`account-${index}`, 'X'), true);
  }
});

test('hosts that are answered for', () => {
  for (const authority of [
    'ecs.aliyuncs.com:443',
    'ecs.cn-hangzhou.aliyuncs.com:80',
    'ECS-cn-hangzhou.ALIYUNCS.com:443',
  ]) {
    assert.equal(mayTunnelTo(authority), true, authority);
  }
  for (const authority of [
    'aliyuncs.com:443',
    'ecs.aliyuncs.com.evil.org:443',
    'ecs.aliyuncs.com:8080',
    '-a.aliyuncs.com:443',
    'a b.aliyuncs.com:443',
    '',
    ':443',
  ]) {
    assert.equal(mayTunnelTo(authority), false, authority);
  }
  for (const host of ['localhost', '127.0.0.1', '[::1]', 'vpc.aliyuncs.com']) assert.equal(isOurHost(host), true, host);
  for (const host of ['example.com', 'localhost.example.com', '1.2.3']) assert.equal(isOurHost(host), false, host);
});
