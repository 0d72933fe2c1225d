import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import type { ContentKey } from '../keys/keys.ts';
import type { Root } from './blocks.ts';
import { openIndex } from './chunkIndex.ts';
import { openChunkReader } from './chunkReader.ts';
import { createChunkWriter } from './chunkWriter.ts';
import { commitChunks } from './commit.ts';
import { changeMap } from './map.ts';

/** For tests: a temporary folder that goes away with its user. */
export function temporaryFolder(name: string): Disposable & { path: string } {
  const path = mkdtempSync(join(tmpdir(), `tongjing-${name}-`));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

/** For tests: the key that an id stands for. */
export const contentKey = (id: string): ContentKey => ({ id, secret: createHash('sha256').update(id).digest() });

export interface StoreFixture extends Disposable {
  folder: string;
  database: DatabaseSync;
}

/** For tests: one region's store without the service around it. */
export function temporaryStore(): StoreFixture {
  const temporary = temporaryFolder('store');
  mkdirSync(join(temporary.path, 'segments'));
  const database = openIndex(temporary.path);
  return {
    folder: temporary.path,
    database,
    [Symbol.dispose]() {
      database.close();
      temporary[Symbol.dispose]();
    },
  };
}

/** For tests: stores chunks (256 KiB each; null: zero) as a disk. */
export async function storeDisk(
  store: StoreFixture,
  contents: ReadonlyMap<number, Buffer>,
  leaseId = 'fixture',
): Promise<Root> {
  const writer = createChunkWriter({ storeFolder: store.folder, leaseId });
  const refs = [...contents].map(([index, plain]) => writer.put(index, plain));
  writer.seal();
  commitChunks(store.database, store.folder, leaseId, refs);
  const reader = openChunkReader(store.folder);
  const root = await changeMap(
    {
      read: (hash) => reader.read(hash),
      async put(page) {
        const ref = writer.put(0, page);
        writer.seal();
        commitChunks(store.database, store.folder, leaseId, [ref]);
        return Buffer.from(ref.hash!, 'hex');
      },
    },
    null,
    new Map(refs.map(({ index, hash }) => [index, hash])),
  );
  reader.close();
  writer.close();
  return root;
}
