import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commaIds, jsonIds } from './idLists.ts';
import { nextToken, readNextToken } from './nextToken.ts';

test('ids as a JSON array', () => {
  assert.deepEqual(jsonIds('["s-1", "s-2"]'), ['s-1', 's-2']);
  assert.deepEqual(jsonIds('[]'), []);
  assert.equal(jsonIds(JSON.stringify(Array(100).fill('s-1')))?.length, 100);
  for (const bad of ['', 's-1', '{}', '[1]', '["s-1"', 'null', JSON.stringify(Array(101).fill('s-1'))]) {
    assert.equal(jsonIds(bad), null, bad.slice(0, 20));
  }
});

test('ids with commas between', () => {
  assert.deepEqual(commaIds('m-1, m-2,'), ['m-1', 'm-2']);
  assert.deepEqual(commaIds(''), []);
  assert.equal(commaIds(Array(101).fill('m-1').join(',')), null);
});

test('a token leads back to its position, and nothing else does', () => {
  assert.deepEqual(readNextToken(nextToken([5, 's-1']), [0, '']), [5, 's-1']);
  for (const bad of ['', '!!', nextToken(['5', 's-1']), nextToken([5]), Buffer.from('{"a":1}').toString('base64url')]) {
    assert.equal(readNextToken(bad, [0, '']), null, bad);
  }
});
