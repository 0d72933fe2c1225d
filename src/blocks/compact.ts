import { setImmediate } from 'node:timers/promises';
import { runThread } from '../base/threads.ts';
import type { Stored } from './chunkWriter.ts';
import { inTransaction } from './commit.ts';
import { RECORD_HEADER_BYTES } from './format.ts';
import { isLeased, removeAbandoned, type RegionStore } from './regionStore.ts';

export interface CompactThreadData {
  folder: string;
  leaseId: string;
  segments: string[];
}

/** Chunks that stand, sealed, in a second place. */
export interface Moves {
  from: string;
  chunks: { hash: Uint8Array; to: Stored }[];
}

interface SegmentUse {
  name: string;
  sizeBytes: number;
  liveBytes: number;
}

/** Less than this share in use: rewritten. */
const THIN = 0.5;
const SMALL_BYTES = 4 * 1024 * 1024;
/** So many small segments are worth merging. */
const MANY_SMALL = 32;

/** Removes segments that nothing uses and rewrites thin ones. Answers the bytes of files that this freed. */
export async function compact(store: RegionStore): Promise<number> {
  let freedBytes = await removeUnused(store);
  const used = (await segmentUses(store)).filter(({ name }) => !isLeased(store, name));
  const small = used.filter(({ sizeBytes }) => sizeBytes < SMALL_BYTES);
  const segments = used.filter(
    ({ sizeBytes, liveBytes }) =>
      liveBytes < sizeBytes * THIN || (small.length >= MANY_SMALL && sizeBytes < SMALL_BYTES),
  );
  if (segments.length === 0) return freedBytes;

  await using lease = await store.lease();
  const data: CompactThreadData = {
    folder: store.folder,
    leaseId: lease.id,
    segments: segments.map(({ name }) => name),
  };
  const rewrittenBytes = await runThread<Moves, null, number>(new URL('./threads/compact.ts', import.meta.url), data, {
    answer(moves) {
      switchRows(store, moves);
      return null;
    },
  });
  freedBytes += (await removeUnused(store)) - rewrittenBytes;
  return Math.max(0, freedBytes);
}

function switchRows(store: RegionStore, { from, chunks }: Moves): void {
  const addSegment = store.database.prepare(
    'INSERT INTO segments (name) VALUES (?) ON CONFLICT (name) DO UPDATE SET name = name RETURNING id',
  );
  const move = store.database.prepare(
    `UPDATE chunks SET segment = ?, offset = ?, length = ?, flags = ?
     WHERE hash = ? AND segment = (SELECT id FROM segments WHERE name = ?)`,
  );
  inTransaction(store.database, () => {
    for (const { hash, to } of chunks) {
      const { id } = addSegment.get(to.segment) as { id: number };
      move.run(id, to.offset, to.length, to.flags, hash, from);
    }
  });
}

/** Removes the segments, of no lease that holds, without a chunk in the index. Answers the bytes of their files. */
async function removeUnused(store: RegionStore): Promise<number> {
  const unused = store.database
    .prepare('SELECT name FROM segments s WHERE NOT EXISTS (SELECT 1 FROM chunks c WHERE c.segment = s.id)')
    .all() as { name: string }[];
  const removable = unused.filter(({ name }) => !isLeased(store, name));
  if (removable.length === 0) return 0;
  const remove = store.database.prepare('DELETE FROM segments WHERE name = ?');
  inTransaction(store.database, () => {
    for (const { name } of removable) remove.run(name);
  });
  let bytes = 0;
  for (const { name } of removable) bytes += (await store.segments.size(name)) ?? 0;
  // The row is gone, so the file belongs to nobody; a crash here leaves it to the next start.
  await removeAbandoned(store);
  return bytes;
}

async function segmentUses(store: RegionStore): Promise<SegmentUse[]> {
  const liveBytes = store.database.prepare(
    'SELECT coalesce(sum(c.length + ?), 0) AS bytes FROM chunks c WHERE c.segment = (SELECT id FROM segments WHERE name = ?)',
  );
  const isKnown = store.database.prepare('SELECT 1 FROM segments WHERE name = ?');
  const uses: SegmentUse[] = [];
  for (const { name, sizeBytes } of await store.segments.list()) {
    if (!isKnown.get(name)) continue;
    uses.push({ name, sizeBytes, liveBytes: (liveBytes.get(RECORD_HEADER_BYTES, name) as { bytes: number }).bytes });
    await setImmediate();
  }
  return uses;
}
