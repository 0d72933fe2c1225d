import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { assert } from '../base/assert.ts';
import type { Ids } from '../base/ids.ts';
import type { Log } from '../base/log.ts';
import { systemFault } from '../base/systemFault.ts';
import type { LocalBlobs } from '../blobs/blobs.ts';
import { openFolderBlobs } from '../blobs/folder.ts';
import type { Lease } from './blocks.ts';
import { openIndex, segmentsFolder, SEGMENT_SUFFIX } from './chunkIndex.ts';
import { currentGeneration } from './commit.ts';
import { rebuildIndex } from './rebuild.ts';

/** One region's store as its owner sees it. */
export interface RegionStore {
  regionId: string;
  folder: string;
  /** The only writing connection. */
  database: DatabaseSync;
  segments: LocalBlobs;
  /** Of the leases that hold: the generation that each began with. */
  leases: Map<string, number>;
  /** Roots that are being copied from, whatever the records say meanwhile. */
  pinned: Map<symbol, string>;
  lease(): Promise<Lease>;
  /** One collection at a time. */
  alone<T>(work: () => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

export function openRegionStore(
  regionsFolder: string,
  regionId: string,
  { ids, log }: { ids: Ids; log: Log },
): RegionStore {
  assert(/^[a-z0-9-]+$/.test(regionId), `region ${regionId}`);
  const folder = join(regionsFolder, regionId);
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    throw systemFault(error, `create the store of ${regionId}`);
  }
  const segments = openFolderBlobs(segmentsFolder(folder), SEGMENT_SUFFIX);
  const database = openIndex(folder, (empty) => {
    const count = rebuildIndex(empty, folder);
    if (count > 0) log.warn({ regionId, count }, 'the chunk index was gone: made it again from the segments');
  });
  const leases = new Map<string, number>();
  let last: Promise<unknown> = Promise.resolve();

  const store: RegionStore = {
    regionId,
    folder,
    database,
    segments,
    leases,
    pinned: new Map(),
    async lease() {
      await cleaned;
      const id = ids.text(20);
      leases.set(id, currentGeneration(database));
      return {
        id,
        regionId,
        async [Symbol.asyncDispose]() {
          if (leases.delete(id)) await removeAbandoned(store, `${id}-`);
        },
      };
    },
    alone(work) {
      const turn = last.then(work);
      last = turn.catch(() => {});
      return turn;
    },
    async close() {
      await Promise.allSettled([cleaned, last]);
      leases.clear();
      database.close();
    },
  };

  async function clean(): Promise<void> {
    const count = await removeAbandoned(store);
    if (count > 0) log.info({ regionId, count }, 'removed segments that a crash left unreferenced');
  }
  // A crash left them: no lease holds before this is done.
  const cleaned = clean();
  cleaned.catch((error: unknown) => log.error({ regionId, err: error }, 'could not remove unreferenced segments'));
  return store;
}

/** Removes the segment files that neither the index nor a lease knows. */
export async function removeAbandoned(store: RegionStore, prefix = ''): Promise<number> {
  const isKnown = store.database.prepare('SELECT 1 FROM segments WHERE name = ?');
  let count = 0;
  // Listed before the leases are asked: a file that is there belongs to a lease that began before.
  for (const { name } of await store.segments.list(prefix)) {
    if (isLeased(store, name) || isKnown.get(name)) continue;
    await store.segments.delete(name);
    count++;
  }
  return count;
}

export function isLeased(store: RegionStore, segment: string): boolean {
  return store.leases.has(segment.slice(0, segment.indexOf('-')));
}
