import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sequentialNames } from './sequentialNames.ts';

test('a plain name is every name, numbered by UniqueSuffix', () => {
  assert.deepEqual(sequentialNames('web', 2, false), ['web', 'web']);
  assert.deepEqual(sequentialNames('web', 2, true), ['web001', 'web002']);
  assert.deepEqual(sequentialNames('web', 1, true), ['web']);
});

test('a pattern counts from its first number', () => {
  assert.deepEqual(sequentialNames('k8s-node-[1,4]-x', 2, false), ['k8s-node-0001-x', 'k8s-node-0002-x']);
  assert.deepEqual(sequentialNames('a[99,2]', 2, false), ['a99', 'a100']);
  assert.deepEqual(sequentialNames('a[]', 1, false), ['a000000']);
  assert.deepEqual(sequentialNames('a[,3]', 2, false), ['a000', 'a001']);
  assert.deepEqual(sequentialNames('a[7]', 1, false), ['a000007']);
});

test('a first number wider than its bits takes six', () => {
  assert.deepEqual(sequentialNames('a[1000,2]', 1, false), ['a001000']);
});

test('UniqueSuffix counts only behind a name suffix', () => {
  assert.deepEqual(sequentialNames('a[1,2]', 2, true), ['a01', 'a02']);
  assert.deepEqual(sequentialNames('a[1,2]z', 2, true), ['a01z001', 'a02z002']);
});

test('other brackets are refused', () => {
  for (const name of ['a[x]', 'a[1,7]', 'a[1,0]', 'a[1', 'a]1[', 'a[1,2][3,4]', 'a[1000000,2]', 'a[1, 2]', 'a[-1,2]']) {
    assert.equal(sequentialNames(name, 1, false), null, name);
  }
});
