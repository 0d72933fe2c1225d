import assert from 'node:assert/strict';
import { hash as digest } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Root } from './blocks.ts';
import { PAGE_ENTRIES } from './format.ts';
import { changeMap, walkMap, type MapPages } from './map.ts';

interface MemoryPages extends MapPages {
  readonly pages: Map<string, Buffer>;
  reads: number;
}

function memoryPages(): MemoryPages {
  const pages = new Map<string, Buffer>();
  return {
    pages,
    reads: 0,
    read(hash) {
      this.reads++;
      return pages.get(hash.toString('hex'))!;
    },
    async put(page) {
      const hash = digest('sha256', page, 'buffer');
      pages.set(hash.toString('hex'), Buffer.from(page));
      return hash;
    },
  };
}

const nameOf = (word: number) => digest('sha256', String(word));

function contentOf(pages: MemoryPages, root: Root): Map<number, string> {
  const enter = (hash: Buffer) => pages.pages.get(hash.toString('hex'))!;
  const chunks = [...walkMap(root, enter)].filter(({ kind }) => kind === 'chunk');
  return new Map(chunks.map(({ index, hash }) => [index, hash.toString('hex')]));
}

/** Near one another, and at every border between pages. */
const indexes = fc.oneof(
  fc.integer({ min: 0, max: 20 }),
  fc.integer({ min: PAGE_ENTRIES - 3, max: PAGE_ENTRIES + 3 }),
  fc.integer({ min: PAGE_ENTRIES ** 2 - 3, max: PAGE_ENTRIES ** 2 + 3 }),
  fc.integer({ min: PAGE_ENTRIES ** 3 - 3, max: PAGE_ENTRIES ** 3 - 1 }),
);
const changes = fc.array(fc.tuple(indexes, fc.option(fc.integer({ min: 0, max: 5 }), { freq: 3 })), { maxLength: 12 });

test('a map holds what was last put into it, and its root depends on that alone', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(changes, { maxLength: 6 }), async (steps) => {
      const pages = memoryPages();
      const expected = new Map<number, string>();
      let root: Root = null;
      for (const step of steps) {
        const asNames = new Map(step.map(([index, word]) => [index, word === null ? null : nameOf(word)]));
        for (const [index, name] of asNames) {
          if (name === null) expected.delete(index);
          else expected.set(index, name);
        }
        root = await changeMap(pages, root, asNames);
      }
      const sorted = new Map([...expected].sort(([a], [b]) => a - b));
      assert.deepEqual(contentOf(pages, root), sorted);
      assert.equal(root === null, expected.size === 0);
      assert.equal(await changeMap(memoryPages(), null, new Map([...expected].toReversed())), root);
    }),
    { numRuns: 60 },
  );
});

test('a change reads and makes only the pages on its way', async () => {
  const pages = memoryPages();
  const whole = new Map(Array.from({ length: 20 }, (_, page) => [page * PAGE_ENTRIES, nameOf(page)]));
  const root = await changeMap(pages, null, whole);
  const before = pages.pages.size;
  pages.reads = 0;
  await changeMap(pages, root, new Map([[3, nameOf(99)]]));
  assert.equal(pages.pages.size, before + 3);
  assert.equal(pages.reads, 3);
});

test('a walk names what is below before what is above, and leaves out what it may not enter', async () => {
  const pages = memoryPages();
  const root = await changeMap(
    pages,
    null,
    new Map([
      [0, nameOf(1)],
      [5000, nameOf(2)],
    ]),
  );
  const entries = [...walkMap(root, (hash) => pages.read(hash))];
  assert.deepEqual(
    entries.map(({ kind, index }) => `${kind} ${index}`),
    ['chunk 0', 'page 0', 'chunk 5000', 'page 4096', 'page 0', 'page 0'],
  );
  assert.equal(entries.at(-1)?.hash.toString('hex'), root);
  assert.deepEqual([...walkMap(root, () => null)], []);
  assert.deepEqual([...walkMap(null, () => assert.fail('nothing to enter'))], []);
});
