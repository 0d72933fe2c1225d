import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { createIds } from '../base/ids.ts';
import { silentLog } from '../base/log.ts';
import { openBlocks, type Blocks, type ChunkRef, type Lease, type Root } from './blocks.ts';
import { openIndexReader, segmentPath, segmentsFolder } from './chunkIndex.ts';
import { createChunkWriter } from './chunkWriter.ts';
import { openDiskReader } from './diskReader.ts';
import { CHUNK_BYTES } from './format.ts';
import { temporaryFolder } from './storeFixture.ts';

const HERE = 'cn-hangzhou';
const THERE = 'cn-beijing';

/** 256 KiB that differ by `word` and compress little enough to count. */
function content(word: string): Buffer {
  const bytes = Buffer.alloc(CHUNK_BYTES);
  let state = [...word].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) >>> 0, 7);
  for (let at = 0; at < CHUNK_BYTES; at += 8) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    bytes.writeUInt32LE(state, at);
  }
  return bytes;
}

function start() {
  const temporary = temporaryFolder('blocks');
  const open = () => openBlocks({ dataFolder: temporary.path, ids: createIds(), log: silentLog });
  let blocks = open();
  return {
    folder: temporary.path,
    get blocks() {
      return blocks;
    },
    async restart() {
      await blocks[Symbol.asyncDispose]();
      blocks = open();
    },
    async [Symbol.asyncDispose]() {
      await blocks[Symbol.asyncDispose]();
      temporary[Symbol.dispose]();
    },
  };
}

function put(blocks: Blocks, lease: Lease, words: Record<number, string | null>): ChunkRef[] {
  const writer = createChunkWriter({ storeFolder: blocks.folder(lease.regionId), leaseId: lease.id });
  const refs = Object.entries(words).map(([index, word]) =>
    writer.put(Number(index), word === null ? Buffer.alloc(CHUNK_BYTES) : content(word)),
  );
  writer.seal();
  writer.close();
  return refs;
}

async function store(
  blocks: Blocks,
  lease: Lease,
  words: Record<number, string | null>,
  base: Root = null,
  chunks = 5000,
): Promise<Root> {
  const refs = put(blocks, lease, words);
  assert.deepEqual(await blocks.commit(lease, refs), []);
  return blocks.writeMap(lease, base, new Map(refs.map(({ index, hash }) => [index, hash])), chunks * CHUNK_BYTES);
}

function assertHolds(blocks: Blocks, regionId: string, root: Root, words: Record<number, string | null>): void {
  const reader = openDiskReader(blocks.folder(regionId), root, 5000 * CHUNK_BYTES);
  try {
    for (const [index, word] of Object.entries(words)) {
      const plain = reader.readChunk(Number(index));
      if (word === null) assert.equal(plain, null, `chunk ${index} is zero`);
      else assert.ok(plain?.equals(content(word)), `chunk ${index} is ${word}`);
    }
  } finally {
    reader.close();
  }
}

const segmentFiles = (blocks: Blocks, regionId = HERE) => readdirSync(segmentsFolder(blocks.folder(regionId)));
const none = async () => [];

test('a map changes in place: new, overwritten and zeroed chunks, and the base stays', async () => {
  await using s = start();
  await using lease = await s.blocks.lease(HERE);
  const first = await store(s.blocks, lease, { 0: 'a', 1: 'b', 2000: 'c' });
  const second = await store(s.blocks, lease, { 1: 'B', 2000: null, 4999: 'd' }, first);
  assertHolds(s.blocks, HERE, first, { 0: 'a', 1: 'b', 2000: 'c', 4999: null });
  assertHolds(s.blocks, HERE, second, { 0: 'a', 1: 'B', 2000: null, 4999: 'd' });
  assert.equal(await store(s.blocks, lease, { 1: 'b', 2000: 'c', 4999: null }, second), first);
  assert.equal(await store(s.blocks, lease, { 0: null, 1: null, 2000: null }, first), null);
  assert.equal(await s.blocks.writeMap(lease, first, new Map(), 5000 * CHUNK_BYTES), first);
});

test('a map of many pages is committed in batches and keeps every entry', async () => {
  await using s = start();
  await using lease = await s.blocks.lease(HERE);
  const [ref] = put(s.blocks, lease, { 0: 'a' });
  await s.blocks.commit(lease, [ref!]);
  const chunks = 200 * 1024;
  const changes = new Map(Array.from({ length: 200 }, (_, page) => [page * 1024 + page, ref!.hash]));
  const root = await s.blocks.writeMap(lease, null, changes, chunks * CHUNK_BYTES);
  const reader = openDiskReader(s.blocks.folder(HERE), root, chunks * CHUNK_BYTES);
  for (let page = 0; page < 200; page++) {
    assert.equal(reader.hashOf(page * 1024 + page)?.toString('hex'), ref!.hash);
    assert.equal(reader.hashOf(page * 1024 + 201), null);
  }
  reader.close();
});

test('what a lease wrote goes with it when nothing was committed, and stays when it was', async () => {
  await using s = start();
  {
    await using lease = await s.blocks.lease(HERE);
    put(s.blocks, lease, { 0: 'a' });
    assert.equal(segmentFiles(s.blocks).length, 1);
  }
  assert.deepEqual(segmentFiles(s.blocks), []);
  {
    await using lease = await s.blocks.lease(HERE);
    await s.blocks.commit(lease, put(s.blocks, lease, { 0: 'a' }));
  }
  assert.equal(segmentFiles(s.blocks).length, 1);
});

test('nothing can be committed under a lease that was released', async () => {
  await using s = start();
  const lease = await s.blocks.lease(HERE);
  const refs = put(s.blocks, lease, { 0: 'a' });
  await lease[Symbol.asyncDispose]();
  await assert.rejects(s.blocks.commit(lease, refs), { name: 'AssertionFailure' });
  await assert.rejects(s.blocks.writeMap(lease, null, new Map(), CHUNK_BYTES), { name: 'AssertionFailure' });
});

test('collection keeps what roots reach, removes the rest with its files, and is final', async () => {
  await using s = start();
  let kept: Root = null;
  {
    await using lease = await s.blocks.lease(HERE);
    kept = await store(s.blocks, lease, { 0: 'shared', 1: 'kept' });
  }
  {
    await using lease = await s.blocks.lease(HERE);
    await store(s.blocks, lease, { 0: 'shared', 1: 'gone', 2: 'gone too' });
  }
  // The first disk: 2 chunks, 3 pages. The second: 2 more chunks and 3 pages.
  const before = await s.blocks.usage(HERE);
  assert.equal(before.chunks, 10);
  const result = await s.blocks.collect(HERE, async () => [kept!]);
  assert.deepEqual({ ...result, freedBytes: 0 }, { deletedChunks: 5, keptChunks: 5, freedBytes: 0 });
  const after = await s.blocks.usage(HERE);
  assert.equal(after.chunks, 5);
  assert.equal(before.segmentBytes - after.segmentBytes, result.freedBytes);
  assert.ok(result.freedBytes > 0);
  assertHolds(s.blocks, HERE, kept, { 0: 'shared', 1: 'kept' });
  await s.blocks.collect(HERE, none);
  assert.deepEqual(await s.blocks.usage(HERE), { chunks: 0, storedBytes: 0, segmentBytes: 0 });
  assert.deepEqual(segmentFiles(s.blocks), []);
});

test('a lease protects what it wrote and what it found, also across collections', async () => {
  await using s = start();
  {
    await using lease = await s.blocks.lease(HERE);
    await store(s.blocks, lease, { 0: 'old' });
  }
  const lease = await s.blocks.lease(HERE);
  await s.blocks.commit(lease, put(s.blocks, lease, { 0: 'old', 1: 'new' }));
  await s.blocks.collect(HERE, none);
  await s.blocks.collect(HERE, none);
  const root = await store(s.blocks, lease, { 0: 'old', 1: 'new' });
  assertHolds(s.blocks, HERE, root, { 0: 'old', 1: 'new' });
  await lease[Symbol.asyncDispose]();
  await s.blocks.collect(HERE, none);
  assert.equal((await s.blocks.usage(HERE)).chunks, 0);
});

test('a chunk that was found present and collected before the commit is asked for again', async () => {
  await using s = start();
  {
    await using lease = await s.blocks.lease(HERE);
    const root = await store(s.blocks, lease, { 0: 'old' });
    await s.blocks.collect(HERE, async () => [root!]);
  }
  await using lease = await s.blocks.lease(HERE);
  const found = put(s.blocks, lease, { 7: 'old', 8: 'new' });
  assert.equal(found[0]?.stored, null);
  await s.blocks.collect(HERE, none);
  assert.deepEqual(await s.blocks.commit(lease, found), [7]);
  assert.deepEqual(await s.blocks.commit(lease, put(s.blocks, lease, { 7: 'old' })), []);
  assertHolds(s.blocks, HERE, await store(s.blocks, lease, { 7: 'old', 8: 'new' }), { 7: 'old', 8: 'new' });
});

test('a root that is recorded, and its lease released, while a collection reads roots keeps its chunks', async () => {
  await using s = start();
  const lease = await s.blocks.lease(HERE);
  let root: Root = null;
  await s.blocks.collect(HERE, async () => {
    // The roots are read first; then the other job commits, records its root and is done.
    root = await store(s.blocks, lease, { 0: 'a' });
    await lease[Symbol.asyncDispose]();
    return [];
  });
  assertHolds(s.blocks, HERE, root, { 0: 'a' });
});

test('as above, with chunks committed before the collection began', async () => {
  await using s = start();
  const lease = await s.blocks.lease(HERE);
  const root = await store(s.blocks, lease, { 0: 'a' });
  await s.blocks.collect(HERE, async () => {
    await lease[Symbol.asyncDispose]();
    return [];
  });
  assertHolds(s.blocks, HERE, root, { 0: 'a' });
});

test('as above, under a lease that began after the collection', async () => {
  await using s = start();
  let root: Root = null;
  await s.blocks.collect(HERE, async () => {
    await using lease = await s.blocks.lease(HERE);
    root = await store(s.blocks, lease, { 0: 'a' });
    return [];
  });
  assertHolds(s.blocks, HERE, root, { 0: 'a' });
});

test('an unreadable page stops the collection before anything is removed', async () => {
  await using s = start();
  let root: Root = null;
  {
    await using lease = await s.blocks.lease(HERE);
    root = await store(s.blocks, lease, { 0: 'a' });
    await s.blocks.commit(lease, put(s.blocks, lease, { 1: 'garbage' }));
  }
  flipBit(s.blocks, root!);
  const before = await s.blocks.usage(HERE);
  await assert.rejects(
    s.blocks.collect(HERE, async () => [root!]),
    { code: 'CollectionImpossible' },
  );
  assert.deepEqual(await s.blocks.usage(HERE), before);
});

test('a thin segment is rewritten; readers that were open find their chunks', async () => {
  await using s = start();
  let root: Root = null;
  {
    await using lease = await s.blocks.lease(HERE);
    const refs = put(s.blocks, lease, { 0: 'a', 1: 'b', 2: 'c', 3: 'd', 4: 'e', 5: 'f' });
    await s.blocks.commit(lease, refs);
    root = await s.blocks.writeMap(lease, null, new Map([[3, refs[3]!.hash]]), 5000 * CHUNK_BYTES);
  }
  const reader = openDiskReader(s.blocks.folder(HERE), root, 5000 * CHUNK_BYTES);
  const before = segmentFiles(s.blocks);
  const { freedBytes } = await s.blocks.collect(HERE, async () => [root!]);
  assert.ok(reader.readChunk(3)?.equals(content('d')));
  reader.close();
  assert.ok(freedBytes > 0);
  const usage = await s.blocks.usage(HERE);
  assert.equal(usage.chunks, 4);
  assert.ok(usage.segmentBytes < usage.storedBytes + 1000, JSON.stringify(usage));
  assert.equal(
    segmentFiles(s.blocks).filter((file) => before.includes(file)).length,
    1,
    'the full segment, of pages, stays',
  );
});

test('many small segments are merged', async () => {
  await using s = start();
  const roots: string[] = [];
  for (let disk = 0; disk < 20; disk++) {
    await using lease = await s.blocks.lease(HERE);
    roots.push((await store(s.blocks, lease, { 0: `disk ${disk}` }))!);
  }
  assert.equal(segmentFiles(s.blocks).length, 40);
  await s.blocks.collect(HERE, async () => roots);
  assert.equal(segmentFiles(s.blocks).length, 1);
  for (const [disk, root] of roots.entries()) assertHolds(s.blocks, HERE, root, { 0: `disk ${disk}` });
  assert.deepEqual((await s.blocks.verify(HERE, roots)).damaged, []);
});

test('compaction leaves a damaged chunk where it is', async () => {
  await using s = start();
  let root: Root = null;
  let damaged = '';
  {
    await using lease = await s.blocks.lease(HERE);
    const refs = put(s.blocks, lease, { 0: 'a', 1: 'b', 2: 'c', 3: 'd', 4: 'e', 5: 'f', 6: 'g' });
    await s.blocks.commit(lease, refs);
    damaged = refs[0]!.hash!;
    root = await s.blocks.writeMap(
      lease,
      null,
      new Map(refs.slice(0, 2).map(({ index, hash }) => [index, hash])),
      5000 * CHUNK_BYTES,
    );
  }
  flipBit(s.blocks, damaged);
  await s.blocks.collect(HERE, async () => [root!]);
  assertHolds(s.blocks, HERE, root, { 1: 'b' });
  const { damaged: found } = await s.blocks.verify(HERE, [root!]);
  assert.deepEqual(
    found.map(({ hash }) => hash),
    [damaged],
  );
});

test('at start, segments that a crash left are removed, and all else stays', async () => {
  await using s = start();
  const lease = await s.blocks.lease(HERE);
  const root = await store(s.blocks, lease, { 0: 'a' });
  put(s.blocks, lease, { 1: 'never committed' });
  const files = segmentFiles(s.blocks);
  assert.equal(files.length, 3);
  await s.restart();
  await using fresh = await s.blocks.lease(HERE);
  assert.equal(segmentFiles(s.blocks).length, 2);
  assertHolds(s.blocks, HERE, root, { 0: 'a' });
  assert.notEqual(fresh.id, lease.id);
});

test('copy sends what is missing, once, and verifies it', async () => {
  await using s = start();
  await using source = await s.blocks.lease(HERE);
  const words = { 0: 'a', 1: 'b', 1500: 'c', 1501: 'a' };
  const root = await store(s.blocks, source, words);
  await using target = await s.blocks.lease(THERE);
  const progress: number[] = [];
  const options = {
    lease: target,
    onProgress: ({ doneBytes }: { doneBytes: number }) => void progress.push(doneBytes),
  };
  const from = { regionId: HERE, root, sizeBytes: 5000 * CHUNK_BYTES };
  const first = await s.blocks.copy(from, options);
  assert.equal(first.copiedChunks, 3 + 4);
  assert.equal(first.copiedBytes, (await s.blocks.usage(THERE)).storedBytes);
  assert.deepEqual(progress, [1502 * CHUNK_BYTES]);
  assertHolds(s.blocks, THERE, root, words);
  assert.deepEqual(await s.blocks.copy(from, options), { copiedBytes: 0, copiedChunks: 0 });

  const next = await store(s.blocks, source, { 1: 'changed' }, root);
  assert.equal((await s.blocks.copy({ ...from, root: next }, options)).copiedChunks, 1 + 3);
  assertHolds(s.blocks, THERE, next, { ...words, 1: 'changed' });
  assert.deepEqual(await s.blocks.copy({ ...from, root: null }, options), { copiedBytes: 0, copiedChunks: 0 });
});

test('copy fills in what the target has only in part', async () => {
  await using s = start();
  await using source = await s.blocks.lease(HERE);
  const words = { 0: 'a', 1: 'b', 1500: 'c' };
  const root = await store(s.blocks, source, words);
  {
    // The whole map is there, but one chunk below it was lost on the way.
    await using lease = await s.blocks.lease(THERE);
    await s.blocks.copy({ regionId: HERE, root, sizeBytes: 5000 * CHUNK_BYTES }, { lease });
  }
  const lost = openDiskReader(s.blocks.folder(THERE), root, 5000 * CHUNK_BYTES);
  const hash = lost.hashOf(1)!;
  lost.close();
  await s.restart();
  const { DatabaseSync } = await import('node:sqlite');
  const database = new DatabaseSync(join(s.folder, 'regions', THERE, 'index.db'));
  database.prepare('DELETE FROM chunks WHERE hash = ?').run(hash);
  database.close();
  await using lease = await s.blocks.lease(THERE);
  const result = await s.blocks.copy({ regionId: HERE, root, sizeBytes: 5000 * CHUNK_BYTES }, { lease });
  assert.equal(result.copiedChunks, 1);
  assertHolds(s.blocks, THERE, root, words);
});

test('copy does not carry damage over, and what it did carry stays protected', async () => {
  await using s = start();
  await using source = await s.blocks.lease(HERE);
  const root = await store(s.blocks, source, { 0: 'a', 1: 'b' });
  const reader = openDiskReader(s.blocks.folder(HERE), root, CHUNK_BYTES * 2);
  flipBit(s.blocks, reader.hashOf(1)!.toString('hex'));
  reader.close();
  await using target = await s.blocks.lease(THERE);
  await assert.rejects(s.blocks.copy({ regionId: HERE, root, sizeBytes: 2 * CHUNK_BYTES }, { lease: target }), {
    name: 'WorldFault',
    code: 'ChunkDamaged',
  });
});

test('copy ends when it is told to', async () => {
  await using s = start();
  await using source = await s.blocks.lease(HERE);
  const root = await store(s.blocks, source, { 0: 'a' });
  await using target = await s.blocks.lease(THERE);
  const controller = new AbortController();
  const reason = new Error('cancelled');
  const copying = s.blocks.copy(
    { regionId: HERE, root, sizeBytes: CHUNK_BYTES },
    { lease: target, signal: controller.signal },
  );
  controller.abort(reason);
  await assert.rejects(copying, reason);
  await assert.rejects(
    s.blocks.copy({ regionId: HERE, root, sizeBytes: CHUNK_BYTES }, { lease: target, signal: controller.signal }),
    reason,
  );
});

test('what is being copied survives a collection that no longer knows its root', async () => {
  await using s = start();
  let root: Root = null;
  const words = Object.fromEntries(Array.from({ length: 40 }, (_, index) => [index, `word ${index}`]));
  {
    await using source = await s.blocks.lease(HERE);
    root = await store(s.blocks, source, words);
  }
  await using target = await s.blocks.lease(THERE);
  const copying = s.blocks.copy({ regionId: HERE, root, sizeBytes: 40 * CHUNK_BYTES }, { lease: target });
  await Promise.all([copying, s.blocks.collect(HERE, none)]);
  assertHolds(s.blocks, THERE, root, words);
});

test('verify names each damaged or missing chunk with the roots that reach it', async () => {
  await using s = start();
  await using lease = await s.blocks.lease(HERE);
  const one = (await store(s.blocks, lease, { 0: 'shared', 1: 'one' }))!;
  const two = (await store(s.blocks, lease, { 0: 'shared', 1: 'two' }))!;
  const clean = await s.blocks.verify(HERE, [one, two, one]);
  assert.deepEqual(clean, { checkedChunks: 3 + 6, damaged: [] });

  const reader = openDiskReader(s.blocks.folder(HERE), one, CHUNK_BYTES * 2);
  const [shared, only] = [0, 1].map((index) => reader.hashOf(index)!.toString('hex'));
  reader.close();
  flipBit(s.blocks, shared!);
  flipBit(s.blocks, only!);
  const progress: number[] = [];
  const { damaged } = await s.blocks.verify(HERE, [one, two], {
    onProgress: ({ doneBytes }) => void progress.push(doneBytes),
  });
  assert.deepEqual(Object.fromEntries(damaged.map(({ hash, roots }) => [hash, roots])), {
    [shared!]: [one, two],
    [only!]: [one],
  });
  assert.match(damaged[0]!.reason, /does not match its checksum/);
  assert.equal(progress.at(-1), 9 * CHUNK_BYTES);

  flipBit(s.blocks, two);
  const withPage = await s.blocks.verify(HERE, [one, two]);
  assert.deepEqual(withPage.damaged.find(({ hash }) => hash === two)?.roots, [two]);
  rmSync(segmentsFolder(s.blocks.folder(HERE)), { recursive: true });
  assert.equal((await s.blocks.verify(HERE, [one])).damaged[0]?.reason.includes('is missing'), true);
  mkdirSync(segmentsFolder(s.blocks.folder(HERE)));
});

test('a newer index is refused and stays as it is', async () => {
  await using s = start();
  s.blocks.folder(HERE);
  await s.restart();
  const { DatabaseSync } = await import('node:sqlite');
  const database = new DatabaseSync(join(s.folder, 'regions', HERE, 'index.db'));
  database.exec('PRAGMA user_version = 99');
  database.close();
  assert.throws(() => s.blocks.folder(HERE), { code: 'FormatTooNew' });
});

test('a newer data folder is refused', () => {
  using folder = temporaryFolder('newer');
  writeFileSync(join(folder.path, 'format.json'), '{"version": 7}');
  assert.throws(() => openBlocks({ dataFolder: folder.path, ids: createIds(), log: silentLog }), {
    code: 'FormatTooNew',
  });
  assert.deepEqual(readdirSync(folder.path), ['format.json']);
});

/** Changes one bit of a chunk as it is stored. */
function flipBit(blocks: Blocks, hash: string): void {
  const index = openIndexReader(blocks.folder(HERE));
  const { segment, offset, length } = index.find(Buffer.from(hash, 'hex'))!;
  index.close();
  const path = segmentPath(blocks.folder(HERE), segment);
  const bytes = readFileSync(path);
  bytes[offset + (length >> 1)]! ^= 1;
  writeFileSync(path, bytes);
}
