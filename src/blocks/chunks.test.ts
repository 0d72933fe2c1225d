import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { openIndex, openIndexReader, segmentPath } from './chunkIndex.ts';
import { openChunkReader } from './chunkReader.ts';
import { createChunkWriter } from './chunkWriter.ts';
import { commitChunks } from './commit.ts';
import { openDiskReader } from './diskReader.ts';
import { CHUNK_BYTES, encodeRecordHeader, FLAG_ZSTD, PAGE_BYTES, PAGE_ENTRIES, RECORD_HEADER_BYTES } from './format.ts';
import { storeDisk, temporaryStore } from './storeFixture.ts';

const text = (word: string) => Buffer.alloc(CHUNK_BYTES, word);

test('a disk reads back chunk by chunk, holes as null, across every level of its map', async () => {
  using store = temporaryStore();
  const contents = new Map([
    [0, text('first')],
    [PAGE_ENTRIES - 1, randomBytes(CHUNK_BYTES)],
    [PAGE_ENTRIES, text('second page')],
    [PAGE_ENTRIES ** 2 + 5, text('second middle page')],
    [7, Buffer.alloc(CHUNK_BYTES)],
  ]);
  const root = await storeDisk(store, contents);
  const reader = openDiskReader(store.folder, root, (PAGE_ENTRIES ** 2 + 6) * CHUNK_BYTES);
  for (const [index, plain] of contents) {
    if (index === 7) assert.equal(reader.readChunk(index), null);
    else assert.ok(reader.readChunk(index)?.equals(plain), `chunk ${index}`);
  }
  assert.equal(reader.readChunk(1), null);
  assert.equal(reader.readChunk(PAGE_ENTRIES ** 2), null);
  const stops = [0, PAGE_ENTRIES - 1, PAGE_ENTRIES, PAGE_ENTRIES ** 2 + 5, PAGE_ENTRIES ** 2 + 6];
  assert.deepEqual(
    stops.map((_, at) => reader.nextData(at === 0 ? 0 : stops[at - 1]! + 1)),
    stops,
  );
  assert.throws(() => reader.readChunk(PAGE_ENTRIES ** 2 + 6), /chunk 1048582 of 1048582/);
  reader.close();
});

test('a disk without a root is zero everywhere', () => {
  using store = temporaryStore();
  const reader = openDiskReader(store.folder, null, 10 * CHUNK_BYTES);
  assert.equal(reader.readChunk(9), null);
  assert.equal(reader.nextData(0), 10);
  reader.close();
});

test('equal disks have equal roots, however they were written', async () => {
  using store = temporaryStore();
  const one = await storeDisk(
    store,
    new Map([
      [3, text('a')],
      [2000, text('b')],
    ]),
    'one',
  );
  const other = await storeDisk(
    store,
    new Map([
      [2000, text('b')],
      [4, Buffer.alloc(CHUNK_BYTES)],
      [3, text('a')],
    ]),
    'other',
  );
  assert.equal(one, other);
});

test('a writer stores each content once, and what does not shrink as it is', () => {
  using store = temporaryStore();
  const writer = createChunkWriter({ storeFolder: store.folder, leaseId: 'lease' });
  const noise = randomBytes(CHUNK_BYTES);
  const refs = [
    writer.put(0, text('x')),
    writer.put(1, text('x')),
    writer.put(2, noise),
    writer.put(3, Buffer.alloc(CHUNK_BYTES)),
  ];
  assert.deepEqual(refs[1]?.stored, refs[0]?.stored);
  assert.equal(refs[0]?.stored?.flags, FLAG_ZSTD);
  assert.equal(refs[2]?.stored?.flags, 0);
  assert.equal(refs[2]?.stored?.length, CHUNK_BYTES);
  assert.deepEqual(refs[3], { index: 3, hash: null, stored: null });
  writer.seal();
  assert.deepEqual(commitChunks(store.database, store.folder, 'lease', refs), []);
  assert.equal(writer.put(4, noise).stored?.offset, refs[2]?.stored?.offset);
  writer.close();

  const second = createChunkWriter({ storeFolder: store.folder, leaseId: 'second' });
  assert.equal(second.put(0, text('x')).stored, null);
  second.close();
});

test('what is put but not committed does not exist for readers', () => {
  using store = temporaryStore();
  const writer = createChunkWriter({ storeFolder: store.folder, leaseId: 'lease' });
  const ref = writer.put(0, text('x'));
  writer.seal();
  writer.close();
  const reader = openChunkReader(store.folder);
  assert.equal(reader.has(Buffer.from(ref.hash!, 'hex')), false);
  assert.throws(() => reader.read(Buffer.from(ref.hash!, 'hex')), { code: 'ChunkDamaged' });
  reader.close();
});

test('commit names the chunks that were found present and are gone', () => {
  using store = temporaryStore();
  const absent = 'ab'.repeat(32);
  const answer = commitChunks(store.database, store.folder, 'lease', [
    { index: 8, hash: absent, stored: null },
    { index: 9, hash: null, stored: null },
  ]);
  assert.deepEqual(answer, [8]);
});

test('a segment of another lease cannot be committed', () => {
  using store = temporaryStore();
  const writer = createChunkWriter({ storeFolder: store.folder, leaseId: 'dead' });
  const ref = writer.put(0, text('x'));
  writer.seal();
  writer.close();
  assert.throws(() => commitChunks(store.database, store.folder, 'alive', [ref]), { name: 'AssertionFailure' });
  assert.equal(store.database.isTransaction, false);
});

test('every way a chunk can be damaged is noticed', async (t) => {
  const damage: Record<string, (path: string, offset: number, length: number) => void> = {
    'a flipped bit in compressed bytes': (path, offset, length) => flip(path, offset + (length >> 1)),
    'a flipped bit in the record': (path, offset) => flip(path, offset - 48),
    "a flipped bit in the record's length": (path, offset) => flip(path, offset - 40),
    'a cut segment': (path, offset, length) => truncateSync(path, offset + length - 1),
    'a missing segment': (path) => rmSync(path),
  };
  for (const [name, harm] of Object.entries(damage)) {
    await t.test(name, async () => {
      using store = temporaryStore();
      const root = await storeDisk(
        store,
        new Map([[0, Buffer.concat([randomBytes(CHUNK_BYTES / 2), Buffer.alloc(CHUNK_BYTES / 2)])]]),
      );
      const disk = openDiskReader(store.folder, root, CHUNK_BYTES);
      const index = openIndexReader(store.folder);
      const { segment, offset, length } = index.find(disk.hashOf(0)!)!;
      index.close();
      harm(segmentPath(store.folder, segment), offset, length);
      assert.throws(() => disk.readChunk(0), { name: 'WorldFault', code: 'ChunkDamaged' });
      disk.close();
    });
  }
  await t.test('a flipped bit in raw bytes', async () => {
    using store = temporaryStore();
    const root = await storeDisk(store, new Map([[0, randomBytes(CHUNK_BYTES)]]));
    const disk = openDiskReader(store.folder, root, CHUNK_BYTES);
    const { segment, offset } = store.database
      .prepare('SELECT s.name AS segment, c.offset FROM chunks c JOIN segments s ON s.id = c.segment WHERE c.flags = 0')
      .get() as { segment: string; offset: number };
    flip(segmentPath(store.folder, segment), offset + 1000);
    assert.throws(() => disk.readChunk(0), { code: 'ChunkDamaged', message: /does not match its checksum/ });
    disk.close();
  });
});

test('bytes that were changed together with their checksum are found by rehashing', async () => {
  using store = temporaryStore();
  const root = await storeDisk(store, new Map([[0, randomBytes(CHUNK_BYTES)]]));
  const disk = openDiskReader(store.folder, root, CHUNK_BYTES);
  const hash = disk.hashOf(0)!;
  disk.close();
  const index = openIndexReader(store.folder);
  const { segment, offset } = index.find(hash)!;
  index.close();
  const path = segmentPath(store.folder, segment);
  const bytes = readFileSync(path);
  const forged = randomBytes(CHUNK_BYTES);
  Buffer.concat([encodeRecordHeader(0, hash, forged), forged]).copy(bytes, offset - RECORD_HEADER_BYTES);
  writeFileSync(path, bytes);
  const plainReader = openChunkReader(store.folder);
  assert.equal(plainReader.flaw(hash), null);
  plainReader.close();
  const rehashing = openChunkReader(store.folder, { rehash: true });
  assert.equal(rehashing.flaw(hash), 'its bytes do not match its hash');
  rehashing.close();
});

test('a reader that finds a segment gone looks again, and gives up when nothing moved', async () => {
  using store = temporaryStore();
  const root = await storeDisk(store, new Map([[0, text('moving')]]));
  const disk = openDiskReader(store.folder, root, CHUNK_BYTES);
  const hash = disk.hashOf(0)!;
  disk.close();
  const index = openIndexReader(store.folder);
  const now = index.find(hash)!;
  // What a reader sees that looked just before a compaction: once, twice, for ever.
  const before = (segment: string) => ({ ...now, segment });
  for (const answers of [[before('removed')], [before('removed'), before('removed later')]]) {
    const reader = openChunkReader(store.folder, { index: { ...index, find: () => answers.shift() ?? now } });
    assert.ok(reader.read(hash).equals(text('moving')));
  }
  const stale = openChunkReader(store.folder, { index: { ...index, find: () => before('removed') } });
  assert.throws(() => stale.read(hash), { code: 'ChunkDamaged', message: /its segment removed is missing/ });
  index.close();
});

test('segments carry their format and describe their own records', () => {
  using store = temporaryStore();
  const writer = createChunkWriter({ storeFolder: store.folder, leaseId: 'lease' });
  const { stored, hash } = writer.put(0, text('self-describing'));
  const page = writer.put(1, Buffer.alloc(PAGE_BYTES, 1));
  writer.seal();
  writer.close();
  const bytes = readFileSync(segmentPath(store.folder, stored!.segment));
  assert.equal(bytes.subarray(0, 6).toString(), 'TJSEGM');
  assert.equal(bytes.readUInt16LE(6), 1);
  assert.equal(bytes.subarray(16, 20).toString(), 'TJCK');
  assert.equal(bytes.subarray(32, 64).toString('hex'), hash);
  assert.equal(bytes.readUInt32LE(24), stored?.length);
  assert.equal(stored!.offset + stored!.length + 48, page.stored?.offset);
  assert.equal(statSync(segmentPath(store.folder, stored!.segment)).size, page.stored!.offset + page.stored!.length);
});

test('an index of a newer version is refused', () => {
  using store = temporaryStore();
  store.database.exec('PRAGMA user_version = 99');
  assert.throws(() => openIndexReader(store.folder), { code: 'FormatTooNew' });
  assert.throws(() => openIndex(store.folder), { code: 'FormatTooNew' });
});

test('a store folder that is not there is a fault of the world', () => {
  assert.throws(() => openDiskReader('/nonexistent/store', null, CHUNK_BYTES), { code: 'FileMissing' });
});

function flip(path: string, at: number): void {
  const bytes = readFileSync(path);
  bytes[at]! ^= 1;
  writeFileSync(path, bytes);
}
