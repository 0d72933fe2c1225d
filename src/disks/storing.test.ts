import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WorldFault } from '../base/worldFault.ts';
import { openDiskReader } from '../blocks/diskReader.ts';
import { CHUNK_BYTES } from '../blocks/format.ts';
import { connectNbd } from './nbd/client.ts';
import { REGION, snapshot, startVolumes, type VolumesFixture } from './volumesFixture.ts';

const CHUNKS = 8;
const SIZE = CHUNKS * CHUNK_BYTES;
const create = (s: VolumesFixture, volumeId: string, more: object = {}) =>
  s.volumes.create({ volumeId, regionId: REGION, sizeBytes: SIZE, baseRoot: null, keyId: null, ...more });
const bytes = (fill: string, length = 4096) => Buffer.alloc(length, fill);

test('only chunks written since the last snapshot are stored, also after a close and a crash', async () => {
  await using s = await startVolumes('freezes');
  const committed: number[][] = [];
  const blocks = {
    folder: s.blocks.folder,
    writeMap: s.blocks.writeMap,
    commit: (...args: Parameters<typeof s.blocks.commit>) => {
      committed.push(args[1].map(({ index }) => index));
      return s.blocks.commit(...args);
    },
  };
  await s.replaceService({ blocks });
  await create(s, 'v-1');
  let client = await s.client('v-1');
  for (const chunk of [1, 2]) await client.write(chunk * CHUNK_BYTES, bytes(`chunk ${chunk}`));
  await s.volumes.freeze(['v-1'], 'one');
  await snapshot(s, 'v-1', 'one');
  await s.volumes.close('v-1');
  client = await s.client('v-1');
  await client.write(4 * CHUNK_BYTES, bytes('chunk 4'));
  await s.volumes.close('v-1');
  // With nobody connected, on a closed volume: its process comes for the freeze, and goes.
  await s.volumes.freeze(['v-1'], 'two');
  await snapshot(s, 'v-1', 'two');
  await s.ended('v-1');
  client = await s.client('v-1');
  await client.write(7 * CHUNK_BYTES, bytes('chunk 7'));
  await client.flush();
  await s.kill('v-1');
  await s.volumes.freeze(['v-1'], 'three');
  const three = await snapshot(s, 'v-1', 'three');
  // After a crash all that the volume has of its own is looked at again; equal chunks cost no space.
  assert.deepEqual(committed, [[1, 2], [4], [1, 2, 4, 7]]);
  const content = Buffer.alloc(SIZE);
  for (const chunk of [1, 2, 4, 7]) bytes(`chunk ${chunk}`).copy(content, chunk * CHUNK_BYTES);
  assert.ok(s.contentOf(three.root, SIZE).equals(content));
});

test('storing can be cancelled and begun again', async () => {
  await using s = await startVolumes('freezes');
  await create(s, 'v-1');
  const client = await s.client('v-1');
  for (let chunk = 0; chunk < CHUNKS; chunk++) await client.write(chunk * CHUNK_BYTES, bytes(`${chunk}`, CHUNK_BYTES));
  await s.volumes.freeze(['v-1'], 'one');
  await using lease = await s.lease();
  const reason = new Error('no more');
  const cancelling = new AbortController();
  const onProgress = () => cancelling.abort(reason);
  await assert.rejects(s.volumes.store('v-1', 'one', { lease, signal: AbortSignal.abort(reason) }), reason);
  const first = s.volumes.store('v-1', 'one', { lease, signal: cancelling.signal, onProgress });
  // It may be over already when the cancel comes.
  await first.catch((error: unknown) => assert.equal(error, reason));
  await client.write(0, bytes('later', SIZE));
  const progress: number[] = [];
  const stored = await s.volumes.store('v-1', 'one', {
    lease,
    onProgress: ({ doneBytes }) => progress.push(doneBytes),
  });
  assert.equal(progress.at(-1), SIZE);
  const reader = openDiskReader(s.blocks.folder(REGION), stored.root, SIZE);
  for (let chunk = 0; chunk < CHUNKS; chunk++)
    assert.ok(reader.readChunk(chunk)!.equals(bytes(`${chunk}`, CHUNK_BYTES)));
  reader.close();
  await client.disconnect();
});

test('chunks that were collected between being found and being committed are stored again', async () => {
  await using s = await startVolumes('freezes');
  const passes: number[][] = [];
  await s.replaceService({
    blocks: {
      folder: s.blocks.folder,
      writeMap: s.blocks.writeMap,
      async commit(lease, refs) {
        passes.push(refs.map(({ index }) => index));
        // The collection's doing: rows that were there are not, so nothing of this pass counts for chunk 2.
        if (passes.length > 1) return s.blocks.commit(lease, refs);
        return [
          ...(await s.blocks.commit(
            lease,
            refs.filter(({ index }) => index !== 2),
          )),
          2,
        ];
      },
    },
  });
  await create(s, 'v-1');
  const client = await s.client('v-1');
  for (const chunk of [1, 2, 3]) await client.write(chunk * CHUNK_BYTES, bytes(`chunk ${chunk}`));
  await s.volumes.freeze(['v-1'], 'one');
  const { root } = await snapshot(s, 'v-1', 'one');
  assert.deepEqual(passes, [[1, 2, 3], [2]]);
  assert.ok(
    s
      .contentOf(root, SIZE)
      .subarray(2 * CHUNK_BYTES, 2 * CHUNK_BYTES + 4096)
      .equals(bytes('chunk 2')),
  );
  await client.disconnect();
});

test('when chunks cannot be committed the freeze still holds, and storing can be tried again', async () => {
  await using s = await startVolumes('freezes');
  let failures = 1;
  await s.replaceService({
    blocks: {
      folder: s.blocks.folder,
      writeMap: s.blocks.writeMap,
      async commit(lease, refs) {
        if (failures-- > 0) throw new WorldFault('DiskFull', 'no room for the index', { retryable: true });
        return s.blocks.commit(lease, refs);
      },
    },
  });
  await create(s, 'v-1');
  const client = await s.client('v-1');
  await client.write(0, bytes('held', SIZE));
  await s.volumes.freeze(['v-1'], 'one');
  await client.write(0, bytes('later', SIZE));
  await using lease = await s.lease();
  await assert.rejects(s.volumes.store('v-1', 'one', { lease }), { code: 'DiskFull', retryable: true });
  const { root } = await s.volumes.store('v-1', 'one', { lease });
  assert.ok(s.contentOf(root, SIZE).equals(bytes('held', SIZE)));
  await client.disconnect();
});

test('a volume that grew while frozen is stored with the size it had', async () => {
  await using s = await startVolumes('freezes');
  await create(s, 'v-1', { sizeBytes: CHUNK_BYTES + 4096 });
  const { socketPath } = await s.volumes.open('v-1');
  const client = await connectNbd(socketPath);
  await client.write(CHUNK_BYTES, bytes('last'));
  await s.volumes.freeze(['v-1'], 'one');
  await s.volumes.resize('v-1', SIZE);
  await client.write(CHUNK_BYTES + 4096, bytes('grown', 8192));
  const one = await snapshot(s, 'v-1', 'one');
  assert.equal(one.sizeBytes, CHUNK_BYTES + 4096);
  assert.ok(
    s
      .contentOf(one.root, SIZE)
      .subarray(CHUNK_BYTES + 4096)
      .equals(Buffer.alloc(SIZE - CHUNK_BYTES - 4096)),
  );
  await s.volumes.freeze(['v-1'], 'two');
  const two = await snapshot(s, 'v-1', 'two');
  assert.equal(two.sizeBytes, SIZE);
  assert.ok(
    s
      .contentOf(two.root, SIZE)
      .subarray(CHUNK_BYTES + 4096, CHUNK_BYTES + 12_288)
      .equals(bytes('grown', 8192)),
  );
  await client.disconnect();
});
