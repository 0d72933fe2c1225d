import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ApiError } from '../contract/errors.ts';
import { mergeParameters, parseForm, parsePairs } from './parameters.ts';

const limits = { parameters: 5, nameLength: 10, valueLength: 20 };
const wide = { parameters: 1000, nameLength: 1000, valueLength: 100_000 };
const refuses = (work: () => unknown, hint: RegExp) =>
  assert.throws(work, (error) => error instanceof ApiError && error.status === 400 && hint.test(error.message));

test('names and values are decoded; blanks, bare names and stray separators are taken as they come', () => {
  assert.deepEqual(
    [...parsePairs('a=1&b=&c&&=d&e=x%3Dy=z+w%2B&', wide)],
    [
      ['a', '1'],
      ['b', ''],
      ['c', ''],
      ['', 'd'],
      ['e', 'x=y=z w+'],
    ],
  );
  assert.deepEqual([...parsePairs('', wide)], []);
});

test('whatever is encoded is decoded again', () => {
  const pairs = fc.uniqueArray(fc.tuple(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' })), {
    selector: ([name]) => name,
  });
  fc.assert(
    fc.property(pairs, fc.boolean(), (entries, asForm) => {
      const encode = (text: string) =>
        asForm ? encodeURIComponent(text).replaceAll('%20', '+') : encodeURIComponent(text);
      const text = entries.map(([name, value]) => `${encode(name)}=${encode(value)}`).join('&');
      // A pair that is blank on both sides still has its `=`.
      assert.deepEqual([...parsePairs(text, wide)], entries);
    }),
  );
});

test("any text is decoded or refused as the caller's fault", () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      try {
        parsePairs(text, wide);
      } catch (error) {
        assert.ok(error instanceof ApiError && error.status === 400);
      }
    }),
  );
});

test('limits of count and length', () => {
  assert.equal(parsePairs('a=1&b=2&c=3&d=4&e=5', limits).size, 5);
  refuses(() => parsePairs('a=1&b=2&c=3&d=4&e=5&f=6', limits), /More than 5/);
  refuses(() => parsePairs(`${'a'.repeat(11)}=1`, limits), /longer than 10/);
  refuses(() => parsePairs(`a=${'b'.repeat(21)}`, limits), /longer than 20/);
});

test('query and form together are limited too, and must agree', () => {
  const query = parsePairs('a=1&b=2&c=3', limits);
  assert.deepEqual([...mergeParameters(query, parsePairs('c=3&d=4', limits), limits).keys()], ['a', 'b', 'c', 'd']);
  refuses(() => mergeParameters(query, parsePairs('c=4', limits), limits), /c differs/);
  refuses(() => mergeParameters(query, parsePairs('d=1&e=2&f=3', limits), limits), /More than 5/);
});

test('a body is a form, or refused', () => {
  assert.equal(parseForm(Buffer.alloc(0), 'application/json', wide).size, 0);
  for (const type of [
    undefined,
    'application/x-www-form-urlencoded',
    'Application/X-WWW-Form-Urlencoded; charset=UTF-8',
  ]) {
    assert.equal(parseForm(Buffer.from('a=1'), type, wide).get('a'), '1');
  }
  refuses(() => parseForm(Buffer.from('a=1'), 'text/plain', wide), /x-www-form-urlencoded/);
});
