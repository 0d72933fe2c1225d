import assert from 'node:assert/strict';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { ContentKey } from '../keys/keys.ts';
import type { Blocks, Root } from './blocks.ts';
import { content, flipBit, HERE, put, segmentFiles, start } from './blocksFixture.ts';
import { openIndexReader, segmentPath } from './chunkIndex.ts';
import { openDiskReader } from './diskReader.ts';
import { CHUNK_BYTES, encodeRecordHeader, FLAG_ENCRYPTED, RECORD_HEADER_BYTES } from './format.ts';
import { contentKey } from './storeFixture.ts';

const CHUNKS = 5000;
const SIZE = CHUNKS * CHUNK_BYTES;
const key = contentKey('key-1');
const words = { 0: 'zero', 1: 'one', 1500: 'far' };

/** A disk under the key, with the plain one that it was made of let go. */
async function encrypted(blocks: Blocks): Promise<string> {
  await using lease = await blocks.lease(HERE);
  const refs = put(blocks, lease, words);
  await blocks.commit(lease, refs);
  const plain = await blocks.writeMap(lease, null, new Map(refs.map(({ index, hash }) => [index, hash])), SIZE);
  const { root } = await blocks.copy({ regionId: HERE, root: plain, sizeBytes: SIZE, key: null }, { lease, key });
  assert.ok(root !== null && root !== plain);
  return root;
}

function assertHolds(blocks: Blocks, root: Root, under: ContentKey | null = key): void {
  const reader = openDiskReader(blocks.folder(HERE), root, SIZE, { key: under });
  try {
    for (const [index, word] of Object.entries(words))
      assert.ok(reader.readChunk(Number(index))?.equals(content(word)), `chunk ${index} is ${word}`);
  } finally {
    reader.close();
  }
}

function nameOf(blocks: Blocks, root: Root, index: number): string {
  const reader = openDiskReader(blocks.folder(HERE), root, SIZE);
  const hash = reader.hashOf(index)!.toString('hex');
  reader.close();
  return hash;
}

/** Changes a bit of what a record holds and makes its checksum right again, as one would who wants to. */
function forge(blocks: Blocks, hash: string): void {
  const index = openIndexReader(blocks.folder(HERE));
  const { segment, offset, length, flags } = index.find(Buffer.from(hash, 'hex'))!;
  index.close();
  assert.ok(flags & FLAG_ENCRYPTED);
  const path = segmentPath(blocks.folder(HERE), segment);
  const bytes = readFileSync(path);
  const payload = bytes.subarray(offset, offset + length);
  payload[length >> 1]! ^= 1;
  encodeRecordHeader(flags, Buffer.from(hash, 'hex'), payload).copy(bytes, offset - RECORD_HEADER_BYTES);
  writeFileSync(path, bytes);
}

test('verify tells damage with and without the key, and with it what a checksum does not tell', async () => {
  await using s = start();
  const root = await encrypted(s.blocks);
  const keys = new Map([[root, key]]);
  const damaged = async (options: object) => (await s.blocks.verify(HERE, [root], options)).damaged;
  assert.deepEqual([await damaged({ keys }), await damaged({})], [[], []]);
  assert.equal((await damaged({ keys: new Map([[root, contentKey('key-2')]]) })).length, 3);

  const [bent, forged] = [nameOf(s.blocks, root, 1), nameOf(s.blocks, root, 1500)];
  flipBit(s.blocks, bent);
  forge(s.blocks, forged);
  assert.deepEqual(
    (await damaged({})).map(({ hash, roots }) => ({ hash, roots })),
    [{ hash: bent, roots: [root] }],
  );
  assert.deepEqual(
    (await damaged({ keys })).map(({ hash, roots }) => ({ hash, roots })),
    [bent, forged].sort().map((hash) => ({ hash, roots: [root] })),
  );
  const reader = openDiskReader(s.blocks.folder(HERE), root, SIZE, { key });
  assert.ok(reader.readChunk(0)?.equals(content('zero')));
  assert.throws(() => reader.readChunk(1500), { code: 'ChunkDamaged', message: /not what was encrypted/ });
  reader.close();
});

test('a plain chunk in an encrypted disk’s map is damage to verify', async () => {
  await using s = start();
  const root = await encrypted(s.blocks);
  await using lease = await s.blocks.lease(HERE);
  const refs = put(s.blocks, lease, { 7: 'plain' });
  await s.blocks.commit(lease, refs);
  const mixed = await s.blocks.writeMap(lease, root, new Map([[7, refs[0]!.hash]]), SIZE);
  // The plain root that reaches it too takes nothing from what the encrypted one says.
  const plain = await s.blocks.writeMap(lease, null, new Map([[7, refs[0]!.hash]]), SIZE);
  const { damaged } = await s.blocks.verify(HERE, [plain!, mixed!], { keys: new Map([[mixed!, key]]) });
  assert.deepEqual(
    damaged.map(({ hash }) => hash),
    [refs[0]!.hash],
  );
});

test('collections and the rewriting of segments need no key', async () => {
  await using s = start();
  const root = await encrypted(s.blocks);
  const before = segmentFiles(s.blocks);
  const { deletedChunks, keptChunks } = await s.blocks.collect(HERE, async () => [root]);
  // The plain disk: three chunks, and as many pages as the encrypted one's.
  assert.equal(deletedChunks, 3 + 4);
  assert.equal(keptChunks, 3 + 4);
  assert.ok(before.some((name) => !segmentFiles(s.blocks).includes(name)));
  assertHolds(s.blocks, root);
  assert.deepEqual((await s.blocks.verify(HERE, [root], { keys: new Map([[root, key]]) })).damaged, []);
  await s.blocks.collect(HERE, async () => []);
  assert.deepEqual(segmentFiles(s.blocks), []);
});

test('an index that is made again from the segments knows encrypted chunks', async () => {
  await using s = start();
  const root = await encrypted(s.blocks);
  const folder = s.blocks.folder(HERE);
  await s.blocks[Symbol.asyncDispose]();
  for (const suffix of ['', '-wal', '-shm']) rmSync(join(folder, `index.db${suffix}`), { force: true });
  await s.restart();
  assertHolds(s.blocks, root);
  assert.throws(() => assertHolds(s.blocks, root, null), { code: 'ChunkEncrypted' });
});

test('what is encrypted is copied to plain for nobody', async () => {
  await using s = start();
  const root = await encrypted(s.blocks);
  await using lease = await s.blocks.lease(HERE);
  await assert.rejects(s.blocks.copy({ regionId: HERE, root, sizeBytes: SIZE, key }, { lease, key: null }));
});
