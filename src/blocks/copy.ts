import { runThread } from '../base/threads.ts';
import type { ChunkRef, Root, TransferOptions } from './blocks.ts';
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

export interface CopyResult {
  copiedBytes: number;
  copiedChunks: number;
}

export async function copyMap(
  source: RegionStore,
  target: RegionStore,
  root: Root,
  sizeBytes: number,
  { lease, onProgress, signal }: TransferOptions,
): Promise<CopyResult> {
  if (root === null) return { copiedBytes: 0, copiedChunks: 0 };
  const pin = Symbol('copy');
  source.pinned.set(pin, root);
  try {
    const data: CopyThreadData = { sourceFolder: source.folder, targetFolder: target.folder, leaseId: lease.id, root };
    return await runThread<CopyBatch, number[], CopyResult>(new URL('./threads/copy.ts', import.meta.url), data, {
      signal,
      answer({ refs, doneBytes }) {
        const again = commitChunks(target.database, target.folder, lease.id, refs);
        onProgress?.({ doneBytes: Math.min(doneBytes, sizeBytes), totalBytes: sizeBytes });
        return again;
      },
    });
  } finally {
    source.pinned.delete(pin);
  }
}
