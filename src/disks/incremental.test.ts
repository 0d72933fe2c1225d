import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { CHUNK_BYTES } from '../blocks/format.ts';
import { REGION, snapshot, startVolumes } from './volumesFixture.ts';

const GIB = 1024 ** 3;
const SIZE = 100 * GIB;
const CHANGED = 64;
/** What maps and the segments' own words may take beside the changed bytes. */
const OVERHEAD = 1024 ** 2;

test('a snapshot of a 100 GiB disk moves what changed since the last, wherever it is', async () => {
  await using s = await startVolumes('incremental');
  await s.volumes.create({ volumeId: 'v-1', regionId: REGION, sizeBytes: SIZE, baseRoot: null, keyId: null });
  const client = await s.client('v-1');
  const stride = SIZE / CHANGED;
  const segmentBytes = async () => (await s.blocks.usage(REGION)).segmentBytes;
  let before = 0;
  for (const [round, name] of ['first', 'second', 'third'].entries()) {
    const written = new Map<number, Buffer>();
    for (let index = 0; index < CHANGED; index++) {
      const offset = index * stride + round * CHUNK_BYTES;
      written.set(offset, randomBytes(CHUNK_BYTES));
      await client.write(offset, written.get(offset)!);
    }
    await s.volumes.freeze(['v-1'], name);
    const stored = await snapshot(s, 'v-1', name);
    const changedBytes = CHANGED * CHUNK_BYTES;
    assert.equal(stored.sizeBytes, SIZE);
    assert.ok(stored.storedBytes >= changedBytes && stored.storedBytes <= changedBytes + OVERHEAD, name);
    const after = await segmentBytes();
    assert.ok(after - before <= changedBytes + OVERHEAD, `${name}: ${after - before}`);
    before = after;
    for (const [offset, content] of written) assert.ok((await client.read(offset, CHUNK_BYTES)).equals(content));
  }
  // A page for each 256 MiB that was written to, and those above.
  await s.volumes.freeze(['v-1'], 'none');
  const none = await snapshot(s, 'v-1', 'none');
  assert.equal(none.storedBytes, 0);
  assert.equal(await segmentBytes(), before);
  await client.disconnect();
});
