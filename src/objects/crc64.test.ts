import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { combineCrc64, crc64Text } from './crc64.ts';
import { createRunningHash } from './hashing/algorithms.ts';

async function crcOf(...pieces: Uint8Array[]): Promise<string> {
  const crc = await createRunningHash('crc64ecma');
  for (const piece of pieces) crc.update(piece);
  return crc64Text(crc.digest());
}

test('the catalogued check value', async () => {
  assert.equal(await crcOf(Buffer.from('123456789')), BigInt('0x995dc9bbdf1939fa').toString());
  assert.equal(await crcOf(), '0');
});

test('the CRC of the whole follows from those of its parts', async () => {
  const bytes = fc.uint8Array({ maxLength: 300 });
  await fc.assert(
    fc.asyncProperty(bytes, bytes, async (first, second) => {
      const combined = combineCrc64(await crcOf(first), await crcOf(second), second.length);
      assert.equal(combined, await crcOf(first, second));
    }),
  );
});
