import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test, type TestContext } from 'node:test';
import { WorldFault } from '../base/worldFault.ts';
import type { Blobs, LocalBlobs } from './blobs.ts';
import { openFolderBlobs } from './folder.ts';
import { createMemoryBlobs } from './memory.ts';
import { faulty, retrying } from './wrappers.ts';

async function folderBlobs(t: TestContext): Promise<LocalBlobs & { folder: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'tongjing-blobs-'));
  t.after(() => rm(folder, { recursive: true }));
  return { ...openFolderBlobs(join(folder, 'made'), '.blob'), folder: join(folder, 'made') };
}

/** Fails each first try of everything, alternately before and after it was done. */
function everyOther(): (verb: string, when: 'before' | 'after') => Error | null {
  let calls = 0;
  return (_verb, when) =>
    when === 'before' && calls++ % 2 === 0 ? new WorldFault('Flaky', 'flaky', { retryable: true }) : null;
}

const implementations: Record<string, (t: TestContext) => Promise<Blobs>> = {
  folder: folderBlobs,
  memory: async () => createMemoryBlobs(),
  'retrying over faulty': async () =>
    retrying(faulty(createMemoryBlobs(), everyOther()), { attempts: 2, wait: async () => {} }),
};

for (const [name, open] of Object.entries(implementations)) {
  suite(`blobs: ${name}`, () => {
    test('what was put is read back, whole and in ranges', async (t) => {
      const blobs = await open(t);
      await blobs.put('a.1', Buffer.from('0123456789'));
      assert.equal((await blobs.get('a.1', 0, 10)).toString(), '0123456789');
      assert.equal((await blobs.get('a.1', 3, 4)).toString(), '3456');
      assert.equal((await blobs.get('a.1', 10, 0)).length, 0);
      assert.equal(await blobs.size('a.1'), 10);
    });

    test('put replaces', async (t) => {
      const blobs = await open(t);
      await blobs.put('a', Buffer.from('long before'));
      await blobs.put('a', Buffer.from('new'));
      assert.equal(await blobs.size('a'), 3);
      assert.deepEqual(await blobs.list(), [{ name: 'a', sizeBytes: 3 }]);
    });

    test('list is sorted and takes a prefix', async (t) => {
      const blobs = await open(t);
      for (const blob of ['b-2', 'a-1', 'b-1']) await blobs.put(blob, Buffer.from(blob));
      assert.deepEqual(
        (await blobs.list()).map((blob) => blob.name),
        ['a-1', 'b-1', 'b-2'],
      );
      assert.deepEqual(
        (await blobs.list('b-')).map((blob) => blob.name),
        ['b-1', 'b-2'],
      );
      assert.deepEqual(await blobs.list('c'), []);
    });

    test('delete is final and may be repeated', async (t) => {
      const blobs = await open(t);
      await blobs.put('a', Buffer.from('x'));
      await blobs.delete('a');
      await blobs.delete('a');
      assert.equal(await blobs.size('a'), null);
      await assert.rejects(blobs.get('a', 0, 1), { code: 'BlobMissing' });
    });

    test('a range behind the end is refused, not cut', async (t) => {
      const blobs = await open(t);
      await blobs.put('a', Buffer.from('xy'));
      await assert.rejects(blobs.get('a', 1, 2), { code: 'BlobCutShort' });
    });

    test('names that could leave the folder are refused', async (t) => {
      const blobs = await open(t);
      for (const bad of ['', '..', '../a', 'a/b', '.a', 'a\0', 'a'.repeat(300)]) {
        await assert.rejects(blobs.put(bad, Buffer.from('x')), { code: 'BlobNameInvalid' }, JSON.stringify(bad));
        await assert.rejects(blobs.get(bad, 0, 1), { code: 'BlobNameInvalid' });
      }
    });
  });
}

test('folder: what a crash left half written is never listed, and put takes its place', async (t) => {
  const blobs = await folderBlobs(t);
  await writeFile(join(blobs.folder, '.aside-a'), 'half');
  assert.deepEqual(await blobs.list(), []);
  await blobs.put('a', Buffer.from('whole'));
  assert.deepEqual(await readdir(blobs.folder), ['a.blob']);
  assert.equal(blobs.path('a'), join(blobs.folder, 'a.blob'));
});

test('folder: a folder that cannot be made is a fault of the world', async (t) => {
  const { folder } = await folderBlobs(t);
  await writeFile(join(folder, 'file'), '');
  assert.throws(() => openFolderBlobs(join(folder, 'file', 'below')), { name: 'WorldFault' });
});

test('retrying gives up after its attempts, and at once when trying again is no use', async () => {
  const waits: number[] = [];
  const wait = async (attempt: number) => void waits.push(attempt);
  const flaky = new WorldFault('Flaky', 'flaky', { retryable: true });
  await assert.rejects(
    retrying(
      faulty(createMemoryBlobs(), () => flaky),
      { attempts: 3, wait },
    ).size('a'),
    flaky,
  );
  assert.deepEqual(waits, [2, 3]);
  await assert.rejects(retrying(createMemoryBlobs(), { attempts: 3, wait }).get('a', 0, 1), { code: 'BlobMissing' });
  assert.deepEqual(waits, [2, 3]);
});

test('faulty can fail what was done', async () => {
  const inner = createMemoryBlobs();
  const blobs = faulty(inner, (verb, when) => (verb === 'put' && when === 'after' ? new Error('lost answer') : null));
  await assert.rejects(blobs.put('a', Buffer.from('x')), /lost answer/);
  assert.equal(await inner.size('a'), 1);
});
