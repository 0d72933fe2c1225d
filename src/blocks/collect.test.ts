import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Root } from './blocks.ts';
import { HERE, THERE, assertHolds, content, flipBit, none, put, segmentFiles, start, store } from './blocksFixture.ts';
import { openDiskReader } from './diskReader.ts';
import { CHUNK_BYTES } from './format.ts';
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

test('what is being copied survives a collection that no longer knows its root', async () => {
  await using s = start();
  let root: Root = null;
  const words = Object.fromEntries(Array.from({ length: 40 }, (_, index) => [index, `word ${index}`]));
  {
    await using source = await s.blocks.lease(HERE);
    root = await store(s.blocks, source, words);
  }
  await using target = await s.blocks.lease(THERE);
  const copying = s.blocks.copy(
    { regionId: HERE, root, sizeBytes: 40 * CHUNK_BYTES, key: null },
    { key: null, lease: target },
  );
  await Promise.all([copying, s.blocks.collect(HERE, none)]);
  assertHolds(s.blocks, THERE, root, words);
});
