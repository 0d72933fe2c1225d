import { statSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { assert } from '../base/assert.ts';
import { systemFault } from '../base/systemFault.ts';
import type { ChunkRef } from './blocks.ts';
import { segmentPath } from './chunkIndex.ts';

/** Runs `work` in one durable transaction. */
export function inTransaction<T>(database: DatabaseSync, work: () => T): T {
  try {
    database.exec('BEGIN IMMEDIATE');
    try {
      const result = work();
      database.exec('COMMIT');
      return result;
    } catch (error) {
      if (database.isTransaction) database.exec('ROLLBACK');
      throw error;
    }
  } catch (error) {
    throw (error as { code?: string }).code === 'ERR_SQLITE_ERROR'
      ? systemFault(error, 'write the chunk index')
      : error;
  }
}

/**
 * Enters sealed chunks into the index and gives them, and those found present, the current generation, which the
 * next collection spares. Answers the indexes of those that a collection took after they were found present.
 */
export function commitChunks(
  database: DatabaseSync,
  storeFolder: string,
  leaseId: string,
  refs: readonly ChunkRef[],
): number[] {
  const addSegment = database.prepare(
    'INSERT INTO segments (name) VALUES (?) ON CONFLICT (name) DO UPDATE SET name = name RETURNING id',
  );
  const addChunk = database.prepare(
    `INSERT INTO chunks (hash, segment, offset, length, flags, generation) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT (hash) DO UPDATE SET generation = excluded.generation`,
  );
  const generationOf = database.prepare('SELECT generation FROM chunks WHERE hash = ?');
  const renew = database.prepare('UPDATE chunks SET generation = ? WHERE hash = ?');

  return inTransaction(database, () => {
    const generation = currentGeneration(database);
    const segments = new Map<string, { id: number; bytes: number }>();
    const segmentOf = (name: string) => {
      let segment = segments.get(name);
      if (!segment) {
        assert(name.startsWith(`${leaseId}-`), `segment ${name} was not written under lease ${leaseId}`);
        segment = { id: (addSegment.get(name) as { id: number }).id, bytes: sizeOf(segmentPath(storeFolder, name)) };
        segments.set(name, segment);
      }
      return segment;
    };

    const vanished: number[] = [];
    for (const { index, hash, stored } of refs) {
      if (hash === null) continue;
      const key = Buffer.from(hash, 'hex');
      if (stored) {
        const segment = segmentOf(stored.segment);
        assert(
          stored.offset + stored.length <= segment.bytes,
          `chunk ${hash} ends behind its segment ${stored.segment}`,
        );
        addChunk.run(key, segment.id, stored.offset, stored.length, stored.flags, generation);
        continue;
      }
      const row = generationOf.get(key) as { generation: number } | undefined;
      if (!row) vanished.push(index);
      else if (row.generation !== generation) renew.run(generation, key);
    }
    return vanished;
  });
}

export function currentGeneration(database: DatabaseSync): number {
  return (database.prepare('SELECT current FROM generation').get() as { current: number }).current;
}

function sizeOf(path: string): number {
  try {
    return statSync(path).size;
  } catch (error) {
    throw systemFault(error, `commit ${path}`);
  }
}
