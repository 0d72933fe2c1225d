import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeChunks } from './awsChunked.ts';

const NONE = {
  kind: 'chunked',
  isSigned: false,
  seed: '',
  scope: '',
  date: '',
  keyFor: () => Buffer.alloc(0),
} as const;

/** The plain bytes and the trailers of a body that comes in pieces of `pieceBytes`. */
async function decoded(body: string, pieceBytes: number): Promise<{ plain: string; trailers: string[] }> {
  async function* pieces() {
    for (let at = 0; at < body.length; at += pieceBytes) yield Buffer.from(body.slice(at, at + pieceBytes));
  }
  const trailers: string[] = [];
  let plain = '';
  for await (const piece of decodeChunks(pieces(), NONE, '', (name, value) => trailers.push(`${name}=${value}`))) {
    plain += piece.toString();
  }
  return { plain, trailers };
}

const trailers = (count: number) => Array.from({ length: count }, (_, at) => `x-amz-${at}: v\r\n`).join('');

test('chunks are put together, however they come', async () => {
  const body = `5\r\nhello\r\n6\r\n world\r\n0\r\n${trailers(2)}\r\n`;
  for (const pieceBytes of [1, 3, 100])
    assert.deepEqual(await decoded(body, pieceBytes), { plain: 'hello world', trailers: ['x-amz-0=v', 'x-amz-1=v'] });
});

test('what is malformed, cut off, or never ends is refused', async () => {
  const bad = [
    '',
    'x\r\n',
    '5\r\nhel',
    '5\r\nhello',
    '5\r\nhelloo\r\n',
    'ffffffffff\r\n',
    `5;chunk-signature=${'x'.repeat(64)}\r\nhello`,
    'a'.repeat(20_000),
    `0\r\n${trailers(17)}\r\n`,
    `0\r\n${'a'.repeat(20_000)}`,
  ];
  for (const body of bad) await assert.rejects(decoded(body, 1000), { code: 'IncompleteBody' }, body.slice(0, 30));
  assert.equal((await decoded(`0\r\n${trailers(16)}\r\n`, 1000)).trailers.length, 16);
});
