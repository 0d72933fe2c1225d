import assert from 'node:assert/strict';
import { appendFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { createIds } from '../base/ids.ts';
import { silentLog } from '../base/log.ts';
import { openBlocks } from './blocks.ts';
import { HERE, THERE, assertHolds, flipBit, put, segmentFiles, start, store } from './blocksFixture.ts';
import { segmentsFolder } from './chunkIndex.ts';
import { openDiskReader } from './diskReader.ts';
import { CHUNK_BYTES } from './format.ts';
import { temporaryFolder } from './storeFixture.ts';
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
    key: null,
    onProgress: ({ doneBytes }: { doneBytes: number }) => void progress.push(doneBytes),
  };
  const from = { regionId: HERE, root, sizeBytes: 5000 * CHUNK_BYTES, key: null };
  const first = await s.blocks.copy(from, options);
  assert.equal(first.copiedChunks, 3 + 4);
  assert.equal(first.copiedBytes, (await s.blocks.usage(THERE)).storedBytes);
  assert.deepEqual(progress, [1502 * CHUNK_BYTES]);
  assertHolds(s.blocks, THERE, root, words);
  assert.deepEqual(await s.blocks.copy(from, options), {
    root,
    copiedBytes: 0,
    copiedChunks: 0,
    contentBytes: 1024 ** 2,
  });

  const next = await store(s.blocks, source, { 1: 'changed' }, root);
  assert.equal((await s.blocks.copy({ ...from, root: next }, options)).copiedChunks, 1 + 3);
  assertHolds(s.blocks, THERE, next, { ...words, 1: 'changed' });
  assert.deepEqual(await s.blocks.copy({ ...from, root: null }, options), {
    root: null,
    copiedBytes: 0,
    copiedChunks: 0,
    contentBytes: 0,
  });
});

test('copy fills in what the target has only in part', async () => {
  await using s = start();
  await using source = await s.blocks.lease(HERE);
  const words = { 0: 'a', 1: 'b', 1500: 'c' };
  const root = await store(s.blocks, source, words);
  {
    // The whole map is there, but one chunk below it was lost on the way.
    await using lease = await s.blocks.lease(THERE);
    await s.blocks.copy({ regionId: HERE, root, sizeBytes: 5000 * CHUNK_BYTES, key: null }, { key: null, lease });
  }
  const lost = openDiskReader(s.blocks.folder(THERE), root, 5000 * CHUNK_BYTES);
  const hash = lost.hashOf(1)!;
  lost.close();
  await s.restart();
  const database = new DatabaseSync(join(s.folder, 'regions', THERE, 'index.db'));
  database.prepare('DELETE FROM chunks WHERE hash = ?').run(hash);
  database.close();
  await using lease = await s.blocks.lease(THERE);
  const result = await s.blocks.copy(
    { regionId: HERE, root, sizeBytes: 5000 * CHUNK_BYTES, key: null },
    { key: null, lease },
  );
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
  await assert.rejects(
    s.blocks.copy({ regionId: HERE, root, sizeBytes: 2 * CHUNK_BYTES, key: null }, { key: null, lease: target }),
    {
      name: 'WorldFault',
      code: 'ChunkDamaged',
    },
  );
});

test('copy ends when it is told to', async () => {
  await using s = start();
  await using source = await s.blocks.lease(HERE);
  const root = await store(s.blocks, source, { 0: 'a' });
  await using target = await s.blocks.lease(THERE);
  const controller = new AbortController();
  const reason = new Error('cancelled');
  const copying = s.blocks.copy(
    { regionId: HERE, root, sizeBytes: CHUNK_BYTES, key: null },
    { key: null, lease: target, signal: controller.signal },
  );
  controller.abort(reason);
  await assert.rejects(copying, reason);
  await assert.rejects(
    s.blocks.copy(
      { regionId: HERE, root, sizeBytes: CHUNK_BYTES, key: null },
      { key: null, lease: target, signal: controller.signal },
    ),
    reason,
  );
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

test('an index that is lost is made again from the segments, without what is damaged or half written', async () => {
  await using s = start();
  const lease = await s.blocks.lease(HERE);
  const root = (await store(s.blocks, lease, { 0: 'a', 1: 'b', 2000: 'c' }))!;
  const reader = openDiskReader(s.blocks.folder(HERE), root, CHUNK_BYTES);
  const damaged = reader.hashOf(0)!.toString('hex');
  reader.close();
  flipBit(s.blocks, damaged);
  const before = await s.blocks.usage(HERE);
  const folder = s.blocks.folder(HERE);
  const [first] = segmentFiles(s.blocks);
  await s.blocks[Symbol.asyncDispose]();
  appendFileSync(join(segmentsFolder(folder), first!), 'TJCK and then nothing');
  writeFileSync(join(folder, 'index.db'), 'this is no database, however long it is, and it has to be a little long');
  await s.restart();
  assert.throws(() => s.blocks.folder(HERE), { code: 'IndexDamaged', message: /Move it away/ });
  rmSync(join(folder, 'index.db'));
  assertHolds(s.blocks, HERE, root, { 1: 'b', 2000: 'c' });
  assert.equal((await s.blocks.usage(HERE)).chunks, before.chunks - 1);
  const { damaged: found } = await s.blocks.verify(HERE, [root]);
  assert.deepEqual(
    found.map(({ hash, reason }) => [hash, reason]),
    [[damaged, 'it is not in the store']],
  );
});

test('segments of a newer format are left alone when the index is lost', async () => {
  await using s = start();
  const lease = await s.blocks.lease(HERE);
  await store(s.blocks, lease, { 0: 'a' });
  const folder = s.blocks.folder(HERE);
  const files = segmentFiles(s.blocks);
  await s.blocks[Symbol.asyncDispose]();
  rmSync(join(folder, 'index.db'));
  const path = join(segmentsFolder(folder), files[0]!);
  const bytes = readFileSync(path);
  bytes.writeUInt16LE(2, 6);
  writeFileSync(path, bytes);
  await s.restart();
  for (let round = 0; round < 2; round++) assert.throws(() => s.blocks.folder(HERE), { code: 'FormatTooNew' });
  assert.deepEqual(readdirSync(segmentsFolder(folder)), files);
});

test('a newer index is refused and stays as it is', async () => {
  await using s = start();
  s.blocks.folder(HERE);
  await s.restart();
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
