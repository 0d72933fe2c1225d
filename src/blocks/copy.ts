import { assert } from '../base/assert.ts';
import { runThread } from '../base/threads.ts';
import type { ChunkRef, WriteOptions, CopyResult, StoredSource } from './blocks.ts';
import { commitChunks } from './commit.ts';
import type { RegionStore } from './regionStore.ts';

export interface CopyThreadData {
  sourceFolder: string;
  targetFolder: string;
  leaseId: string;
  root: string;
}

/** Sealed chunks to commit; answered with those to send again. */
export interface CopyBatch {
  refs: ChunkRef[];
  doneBytes: number;
}

export type CopyCounts = Omit<CopyResult, 'root'>;

export async function copyMap(
  source: RegionStore,
  target: RegionStore,
  { root, sizeBytes, key: sourceKey }: StoredSource,
  { lease, key, onProgress, signal }: WriteOptions,
): Promise<CopyResult> {
  if (root === null) return { root, copiedBytes: 0, copiedChunks: 0 };
  assert(sourceKey?.id === key?.id, 'a copy keeps its key');
  const pin = Symbol('copy');
  source.pinned.set(pin, root);
  try {
    const data: CopyThreadData = { sourceFolder: source.folder, targetFolder: target.folder, leaseId: lease.id, root };
    const counts = await runThread<CopyBatch, number[], CopyCounts>(
      new URL('./threads/copy.ts', import.meta.url),
      data,
      {
        signal,
        answer({ refs, doneBytes }) {
          const again = commitChunks(target.database, target.folder, lease.id, refs);
          onProgress?.({ doneBytes: Math.min(doneBytes, sizeBytes), totalBytes: sizeBytes });
          return again;
        },
      },
    );
    return { root, ...counts };
  } finally {
    source.pinned.delete(pin);
  }
}
