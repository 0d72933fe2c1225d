import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { globSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { WorldFault } from '../base/worldFault.ts';
import { openDiskReader } from '../blocks/diskReader.ts';
import { CHUNK_BYTES } from '../blocks/format.ts';
import { contentKey, temporaryFolder } from '../blocks/storeFixture.ts';
import { connectNbd } from './nbd/client.ts';
import { openTransfers } from './transfers.ts';
import { fakeKeys, REGION, snapshot, startVolumes, type VolumesFixture } from './volumesFixture.ts';

const SIZE = 4 * CHUNK_BYTES;
const MARKER = 'Nobody may read this at rest. ';
const create = (s: VolumesFixture, volumeId: string, keyId: string | null, more: object = {}) =>
  s.volumes.create({ volumeId, regionId: REGION, sizeBytes: SIZE, baseRoot: null, keyId, ...more });

/** Files below the folder in which the text stands. */
function filesWith(folder: string, text: string): string[] {
  return globSync('**/*', { cwd: folder })
    .map((name) => `${folder}/${name}`)
    .filter((path) => statSync(path).isFile() && readFileSync(path).includes(text));
}

/** What cannot be compressed, so that it would be found. */
function marked(seed: string): Buffer {
  const content = Buffer.alloc(CHUNK_BYTES);
  for (let at = 0; at < content.length; at += 32)
    createHash('sha256').update(`${seed} ${at}`).digest().copy(content, at);
  content.write(MARKER, 1000);
  content.write(MARKER, 100_000);
  return content;
}

test('an encrypted volume, its freezes and its snapshots hold no plain byte; its clients see nothing else', async () => {
  await using s = await startVolumes('encryption');
  await create(s, 'v-1', 'key-1');
  const client = await s.client('v-1');
  const content = Buffer.concat([marked('a'), marked('b'), Buffer.alloc(2 * CHUNK_BYTES)]);
  await client.write(0, content.subarray(0, 2 * CHUNK_BYTES));
  // Within a block, and over the end of one.
  for (const at of [5000, 4090, CHUNK_BYTES - 3]) {
    Buffer.from(MARKER).copy(content, at);
    await client.write(at, Buffer.from(MARKER));
  }
  await client.flush();
  await s.volumes.freeze(['v-1'], 'one');
  // The freeze keeps what is overwritten.
  await client.write(8192, Buffer.alloc(4096, MARKER));
  const { root, storedBytes } = await snapshot(s, 'v-1', 'one');
  assert.ok(storedBytes > 2 * CHUNK_BYTES * 0.9);
  await client.flush();
  assert.deepEqual(filesWith(s.folder, MARKER), []);

  const reader = openDiskReader(s.blocks.folder(REGION), root, SIZE, { key: contentKey('key-1') });
  for (let index = 0; index < 4; index++) {
    const chunk = content.subarray(index * CHUNK_BYTES, (index + 1) * CHUNK_BYTES);
    assert.ok((reader.readChunk(index) ?? Buffer.alloc(CHUNK_BYTES)).equals(chunk), `chunk ${index}`);
  }
  reader.close();

  // What was flushed is there after kill -9.
  Buffer.alloc(4096, MARKER).copy(content, 8192);
  await s.kill('v-1');
  const again = await s.client('v-1');
  assert.ok((await again.read(0, SIZE)).equals(content));
});

test('no key, another key, and a key that is not to be had', async () => {
  await using s = await startVolumes('encryption');
  await create(s, 'v-1', 'key-1');
  const client = await s.client('v-1');
  await client.write(0, marked('a'));
  await s.volumes.freeze(['v-1'], 'one');
  const { root } = await snapshot(s, 'v-1', 'one');
  const read = (key: ReturnType<typeof contentKey> | null) => {
    const reader = openDiskReader(s.blocks.folder(REGION), root, SIZE, { key });
    try {
      return reader.readChunk(0);
    } finally {
      reader.close();
    }
  };
  const isFault = (code: string) => (fault: unknown) => fault instanceof WorldFault && fault.code === code;
  assert.throws(() => read(null), isFault('ChunkEncrypted'));
  assert.throws(() => read(contentKey('key-2')), isFault('ChunkDamaged'));
  const plain = await s.stored(new Map([[0, marked('plain')]]));
  const reader = openDiskReader(s.blocks.folder(REGION), plain, SIZE, { key: contentKey('key-1') });
  assert.throws(() => reader.readChunk(0), isFault('ChunkNotEncrypted'));
  reader.close();

  await s.volumes.close('v-1');
  const closed = (keys: object) => s.replaceService({ keys: { ...fakeKeys, ...keys } });
  await closed({ open: () => Promise.reject(new WorldFault('KeyUnavailable', 'disabled')) });
  await assert.rejects(s.volumes.open('v-1'), isFault('KeyUnavailable'));
  // What a key of the same id but other material would read is noise.
  await closed({ open: async () => ({ ...contentKey('key-2'), id: 'key-1' }) });
  await assert.rejects(s.volumes.open('v-1'), isFault('KeyWrong'));
  await closed({});
  assert.ok((await (await s.client('v-1')).read(0, CHUNK_BYTES)).equals(marked('a')));
});

test('content is encrypted anew for another key, within a region and to another, and stored once', async () => {
  await using s = await startVolumes('encryption');
  const content = marked('base');
  const plain = await s.stored(new Map([[1, content]]));
  const [one, two] = [contentKey('key-1'), contentKey('key-2')];
  await using lease = await s.lease();
  const from = { regionId: REGION, root: plain, sizeBytes: SIZE, key: null };
  const first = await s.blocks.copy(from, { lease, key: one });
  assert.notEqual(first.root, plain);
  assert.equal(first.copiedChunks, 1);
  const again = await s.blocks.copy(from, { lease, key: one });
  assert.deepEqual([again.root, again.copiedBytes, again.copiedChunks], [first.root, 0, 0]);
  await using there = await s.blocks.lease('cn-beijing');
  const moved = await s.blocks.copy({ ...from, root: first.root, key: one }, { lease: there, key: two });
  const reader = openDiskReader(s.blocks.folder('cn-beijing'), moved.root, SIZE, { key: two });
  assert.ok(reader.readChunk(1)!.equals(content));
  reader.close();
  assert.deepEqual(filesWith(`${s.folder}/regions/cn-beijing`, MARKER), []);
});

test('an import is encrypted where it goes, served to who may see it, and leaves by an export alone', async () => {
  await using s = await startVolumes('encryption');
  using outside = temporaryFolder('outside');
  const [raw, out] = [join(outside.path, 'disk.raw'), join(outside.path, 'out.raw')];
  const content = Buffer.concat([marked('a'), Buffer.alloc(CHUNK_BYTES), marked('b').subarray(0, 70_000)]);
  writeFileSync(raw, content);
  await using transfers = openTransfers({ blocks: s.blocks, scratchFolder: join(s.folder, 'scratch') });
  await using lease = await s.lease();
  const key = contentKey('key-1');
  const { root, sizeBytes } = await transfers.importFile({ path: raw, format: 'raw' }, { lease, key });
  assert.deepEqual(filesWith(s.folder, MARKER), []);
  const disk = { regionId: REGION, root, sizeBytes };
  await transfers.exportFile({ ...disk, key }, out, {});
  assert.ok(readFileSync(out).subarray(0, content.length).equals(content));
  await assert.rejects(transfers.exportFile({ ...disk, key: null }, out, {}), { code: 'ChunkEncrypted' });

  const { socketPath } = await s.volumes.openStored({ ...disk, exportId: 's-1', keyId: 'key-1' });
  const client = await connectNbd(socketPath);
  assert.ok((await client.read(0, content.length)).equals(content));
  await client.disconnect();
  await assert.rejects(s.volumes.openStored({ ...disk, exportId: 's-2', keyId: 'disabled-key' }), {
    code: 'KeyUnavailable',
  });
});

test('storing tells nothing of what others have: the same bytes cost the same', async () => {
  await using s = await startVolumes('encryption');
  const store = async (volumeId: string, seed: string) => {
    await create(s, volumeId, null);
    const client = await s.client(volumeId);
    await client.write(0, marked(seed));
    await client.write(CHUNK_BYTES, marked(`${seed} too`));
    await s.volumes.freeze([volumeId], `${volumeId}-one`);
    const before = (await s.blocks.usage(REGION)).segmentBytes;
    const { storedBytes, root } = await snapshot(s, volumeId, `${volumeId}-one`);
    return { client, storedBytes, appended: (await s.blocks.usage(REGION)).segmentBytes - before, root };
  };
  const first = await store('v-1', 'known');
  const known = await store('v-2', 'known');
  const unknown = await store('v-3', 'new ones');
  assert.equal(known.root, first.root);
  assert.deepEqual([known.storedBytes, known.appended], [first.storedBytes, first.appended]);
  assert.equal(known.storedBytes, unknown.storedBytes);
  // Its own, in the same place as before, is not stored again.
  await known.client.write(0, marked('known'));
  await s.volumes.freeze(['v-2'], 'two');
  assert.equal((await snapshot(s, 'v-2', 'two')).storedBytes, 0);
});
