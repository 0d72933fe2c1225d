import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { createRunningHash, type Algorithm } from './algorithms.ts';
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

test('a CRC-64 is the same however its bytes come, in steps and beside them', async () => {
  // Longer than the room that there is for a step's bytes.
  const bytes = randomBytes(700_001);
  for (const name of ['crc64ecma', 'crc64nvme'] as const) {
    const polynomial = name === 'crc64ecma' ? 0xc96c5795d7870f42n : 0x9a6c9329ac4bc9b5n;
    const byBits = (part: Uint8Array): string => {
      let sum = 2n ** 64n - 1n;
      for (const byte of part) {
        sum ^= BigInt(byte);
        for (let bit = 0; bit < 8; bit++) sum = sum & 1n ? (sum >> 1n) ^ polynomial : sum >> 1n;
      }
      return (sum ^ (2n ** 64n - 1n)).toString(16).padStart(16, '0');
    };
    const inPieces = async (part: Uint8Array, ends: number[]): Promise<string> => {
      const hash = await createRunningHash(name);
      ends.forEach((end, at) => hash.update(part.subarray(ends[at - 1] ?? 0, end)));
      return hash.digest().toString('hex');
    };
    for (let length = 0; length < 70; length++) {
      assert.equal(await inPieces(bytes.subarray(0, length), [length]), byBits(bytes.subarray(0, length)));
    }
    const whole = await inPieces(bytes, [bytes.length]);
    for (const ends of [[1, 17, 33, 700_000], [16, 300_000, 300_001], [350_000]]) {
      assert.equal(await inPieces(bytes, [...ends, bytes.length]), whole);
    }
  }
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
