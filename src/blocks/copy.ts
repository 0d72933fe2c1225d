import { assert } from '../base/assert.ts';
import { runThread } from '../base/threads.ts';
import type { ContentKey } from '../keys/keys.ts';
import type { ChunkRef, CopyResult, Root, StoredSource, WriteOptions } from './blocks.ts';
import { commitChunks } from './commit.ts';
import type { RegionStore } from './regionStore.ts';
import { writeMap } from './writeMap.ts';

export interface CopyThreadData {
  sourceFolder: string;
  targetFolder: string;
  leaseId: string;
  root: string;
  /** Of the source. */
  key: ContentKey | null;
  /** Encrypted anew, under this key: pages do not travel then, since a new map is made. Undefined: as it is. */
  targetKey?: ContentKey | null;
}

/** Sealed chunks to commit; answered with those to send again. */
export interface CopyBatch {
  refs: ChunkRef[];
  doneBytes: number;
}

export type CopyCounts = Omit<CopyResult, 'root'>;

/** Map changes held in memory at most, about 100 bytes each. */
const PENDING_CHANGES = 500_000;

export async function copyMap(
  source: RegionStore,
  target: RegionStore,
  { root, sizeBytes, key }: StoredSource,
  { lease, key: targetKey, onProgress, signal }: WriteOptions,
): Promise<CopyResult> {
  if (root === null) return { root, copiedBytes: 0, copiedChunks: 0, contentBytes: 0 };
  assert(!key || targetKey, 'what is encrypted stays so');
  const isSameKey = key?.id === targetKey?.id;
  let newRoot: Root = null;
  let changes = new Map<number, string | null>();
  async function writeChanges(): Promise<void> {
    newRoot = await writeMap(target, lease, newRoot, changes, sizeBytes);
    changes = new Map();
  }

  const pin = Symbol('copy');
  source.pinned.set(pin, root);
  try {
    const data: CopyThreadData = {
      sourceFolder: source.folder,
      targetFolder: target.folder,
      leaseId: lease.id,
      root,
      key,
      ...(!isSameKey && { targetKey }),
    };
    const counts = await runThread<CopyBatch, number[], CopyCounts>(
      new URL('./threads/copy.ts', import.meta.url),
      data,
      {
        signal,
        async answer({ refs, doneBytes }) {
          const again = commitChunks(target.database, target.folder, lease.id, refs);
          if (!isSameKey) {
            // A vanished one comes again, under the same name.
            for (const { index, hash } of refs) changes.set(index, hash);
            if (changes.size >= PENDING_CHANGES) await writeChanges();
          }
          onProgress?.({ doneBytes: Math.min(doneBytes, sizeBytes), totalBytes: sizeBytes });
          return again;
        },
      },
    );
    if (isSameKey) return { root, ...counts };
    await writeChanges();
    return { root: newRoot, ...counts };
  } finally {
    source.pinned.delete(pin);
  }
}
