import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Io } from './io.ts';
import { duration, formatTable, parseDuration, printJson, printTable, size } from './print.ts';

test('tables line up: text to the left, numbers to the right, Chinese characters counted as two columns', () => {
  const table = formatTable(
    ['NAME', 'SIZE', 'ID'],
    [
      ['铜镜', '1.5 GiB', '1000000000000001'],
      ['debian', '20 B', '2'],
    ],
  );
  assert.equal(
    table,
    ['NAME       SIZE  ID', '铜镜    1.5 GiB  1000000000000001', 'debian     20 B  2', ''].join('\n'),
  );
});

test('words of others neither steer the terminal nor turn its text', () => {
  let out = '';
  const io = { out: (text: string) => void (out += text) } as Io;
  const words = '\x1b]0;owned\x07\x9b2J<b>\u202efdp.exe\r\n-';
  printTable(io, ['A', 'B'], [[words, 'x']]);
  assert.equal(out.split('\n')[1], '\ufffd]0;owned\ufffd\ufffd2J<b>\ufffdfdp.exe\ufffd -  x');
  out = '';
  printJson(io, { words, formatted: '\u{1d173}' });
  // oxlint-disable-next-line no-control-regex
  assert.doesNotMatch(out, /[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/);
  assert.deepEqual(JSON.parse(out), { words, formatted: '\u{1d173}' });
});

test('sizes keep three digits', () => {
  assert.deepEqual([0, 1023, 1024, 1536, 20 * 1024 ** 2, 300 * 1024 ** 3, 5 * 1024 ** 5].map(size), [
    '0 B',
    '1023 B',
    '1.00 KiB',
    '1.50 KiB',
    '20.0 MiB',
    '300 GiB',
    '5120 TiB',
  ]);
});

test('durations are read and written', () => {
  assert.equal(parseDuration('1d12h'), 36 * 3600_000);
  assert.equal(parseDuration('2w3d4h5m6s'), 17 * 86_400_000 + 4 * 3600_000 + 5 * 60_000 + 6000);
  for (const text of ['', '3', 'd', '-1d', '1.5h', '3 d', 'soon']) assert.equal(parseDuration(text), null, text);
  for (const text of ['3d', '1d12h', '5m6s', '0s']) assert.equal(duration(parseDuration(text)!), text);
});
