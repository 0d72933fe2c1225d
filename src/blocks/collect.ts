import { setImmediate } from 'node:timers/promises';
import { WorldFault } from '../base/worldFault.ts';
import type { CollectResult } from './blocks.ts';
import { openChunkReader } from './chunkReader.ts';
import { currentGeneration, inTransaction } from './commit.ts';
import { compact } from './compact.ts';
import { createHashSet, type HashSet } from './hashSet.ts';
import { walkMap } from './map.ts';
import { removeAbandoned, type RegionStore } from './regionStore.ts';

/** Index rows looked at, and marks made, between two turns of the event loop. */
const SLICE = 1000;

/**
 * Marks what the roots reach and removes the rest. A chunk goes when it is unmarked and older than the collection and than every lease
 * that held when the collection began: whatever such a lease made reachable, before or after the roots were read, it
 * also committed with a generation that is not older.
 */
export async function collect(store: RegionStore, roots: () => Promise<readonly string[]>): Promise<CollectResult> {
  const oldest = inTransaction(store.database, () => {
    const generation = currentGeneration(store.database) + 1;
    store.database.prepare('UPDATE generation SET current = ?').run(generation);
    return Math.min(generation, ...store.leases.values());
  });
  const marks = createHashSet();
  try {
    await mark(store, marks, [...(await roots()), ...store.pinned.values()]);
    const swept = await sweep(store, marks, oldest);
    await removeAbandoned(store);
    return { ...swept, freedBytes: await compact(store) };
  } finally {
    marks.close();
  }
}

async function mark(store: RegionStore, marks: HashSet, roots: readonly string[]): Promise<void> {
  const reader = openChunkReader(store.folder);
  try {
    let count = 0;
    for (const root of new Set(roots)) {
      for (const { hash } of walkMap(root, (page) => (marks.has(page) ? null : reader.read(page)))) {
        marks.add(hash);
        if (++count % SLICE === 0) await setImmediate();
      }
    }
  } catch (error) {
    // What stands below an unreadable page cannot be known, so nothing may go.
    if (!(error instanceof WorldFault)) throw error;
    throw new WorldFault('CollectionImpossible', `Nothing was removed in ${store.regionId}: ${error.message}`, {
      cause: error,
    });
  } finally {
    reader.close();
  }
}

async function sweep(
  store: RegionStore,
  marks: HashSet,
  oldest: number,
): Promise<{ deletedChunks: number; keptChunks: number }> {
  const after = store.database.prepare('SELECT hash, generation FROM chunks WHERE hash > ? ORDER BY hash LIMIT ?');
  const remove = store.database.prepare('DELETE FROM chunks WHERE hash = ? AND generation < ?');
  const result = { deletedChunks: 0, keptChunks: 0 };
  let last: Uint8Array = new Uint8Array();
  for (;;) {
    const rows = after.all(last, SLICE) as { hash: Uint8Array; generation: number }[];
    if (rows.length === 0) return result;
    last = rows.at(-1)!.hash;
    const dead = rows.filter(({ hash, generation }) => generation < oldest && !marks.has(hash));
    if (dead.length > 0) {
      result.deletedChunks += inTransaction(store.database, () =>
        dead.reduce((count, { hash }) => count + Number(remove.run(hash, oldest).changes), 0),
      );
    }
    result.keptChunks += rows.length - dead.length;
    await setImmediate();
  }
}
