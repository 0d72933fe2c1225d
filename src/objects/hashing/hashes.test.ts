import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import type { Algorithm } from './algorithms.ts';
import { createHashes, hashHere } from './hashes.ts';

const ALL: Algorithm[] = ['md5', 'crc64ecma', 'crc32', 'crc32c', 'crc64nvme', 'sha1', 'sha256'];

/** In shared memory, as those that go to threads are. */
function shared(bytes: Uint8Array): Uint8Array {
  const copy = new Uint8Array(new SharedArrayBuffer(bytes.length));
  copy.set(bytes);
  return copy;
}

test('the catalogued check values', async () => {
  const here = await hashHere(ALL);
  await here.update(Buffer.from('123456789'));
  const digests = await here.digest();
  const hex = (name: Algorithm) => digests.get(name)!.toString('hex');
  assert.equal(hex('crc32'), 'cbf43926');
  assert.equal(hex('crc32c'), 'e3069283');
  assert.equal(hex('crc64ecma'), '995dc9bbdf1939fa');
  assert.equal(hex('crc64nvme'), 'ae8b14860a799888');
  assert.equal(hex('md5'), createHash('md5').update('123456789').digest('hex'));
});

test('threads hash several streams at once as one thread would; one that broke off is forgotten', async () => {
  await using hashes = createHashes();
  const streams = Array.from({ length: 5 }, () => Array.from({ length: 9 }, () => shared(randomBytes(10_000))));
  hashes.start(ALL).abandon();
  const running = streams.map(() => hashes.start(ALL));
  for (let piece = 0; piece < 9; piece++) running.forEach((one, index) => void one.update(streams[index]![piece]!));
  for (const [index, one] of running.entries()) {
    const here = await hashHere(ALL);
    for (const piece of streams[index]!) await here.update(piece);
    assert.deepEqual(new Map([...(await one.digest())].sort()), new Map([...(await here.digest())].sort()));
  }
});
