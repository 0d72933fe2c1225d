import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createIds } from './ids.ts';

test('ids have the official form and length', () => {
  const ids = createIds();
  assert.match(ids.resource('i', 'bp1'), /^i-bp1[0-9a-z]{17}$/);
  assert.match(ids.resource('sg', 'bp1'), /^sg-bp1[0-9a-z]{17}$/);
  assert.match(ids.resource('vpc', '7xv'), /^vpc-7xv[0-9a-z]{18}$/);
  assert.match(ids.request(), /^[0-9A-F]{8}-[0-9A-F]{4}-4[0-9A-F]{3}-[89AB][0-9A-F]{3}-[0-9A-F]{12}$/);
  assert.match(ids.account(), /^[1-8]\d{15}$/);
  assert.match(ids.accessKeyId(), /^LTAI5t[0-9a-zA-Z]{18}$/);
  assert.match(ids.accessKeySecret(), /^[0-9a-zA-Z]{30}$/);
});

test('the same random source makes the same ids', () => {
  const counting = () => {
    let next = 0;
    return (size: number) => Uint8Array.from({ length: size }, () => (next = (next * 31 + 7) % 251));
  };
  assert.equal(createIds(counting()).resource('m', 'bp1'), createIds(counting()).resource('m', 'bp1'));
});
