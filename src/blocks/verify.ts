import { availableParallelism } from 'node:os';
import { runThread } from '../base/threads.ts';
import type { Progress, VerifyResult } from './blocks.ts';
import { CHUNK_BYTES } from './format.ts';
import type { RegionStore } from './regionStore.ts';

export interface VerifyThreadData {
  folder: string;
  roots: readonly string[];
  /** This thread's share: the chunks whose hash's first byte is `share` modulo `shares`. */
  share: number;
  shares: number;
}

export async function verify(
  store: RegionStore,
  roots: readonly string[],
  { onProgress, signal }: { onProgress?: (progress: Progress) => void; signal?: AbortSignal } = {},
): Promise<VerifyResult> {
  const shares = availableParallelism();
  const { count } = store.database.prepare('SELECT count(*) AS count FROM chunks').get() as { count: number };
  const totalBytes = count * CHUNK_BYTES;
  let doneBytes = 0;
  const results = await Promise.all(
    Array.from({ length: shares }, (_, share) => {
      const data: VerifyThreadData = { folder: store.folder, roots: [...new Set(roots)], share, shares };
      return runThread<number, null, VerifyResult>(new URL('./threads/verify.ts', import.meta.url), data, {
        signal,
        answer(checkedChunks) {
          doneBytes += checkedChunks * CHUNK_BYTES;
          onProgress?.({ doneBytes: Math.min(doneBytes, totalBytes), totalBytes });
          return null;
        },
      });
    }),
  );
  return {
    checkedChunks: results.reduce((sum, { checkedChunks }) => sum + checkedChunks, 0),
    damaged: results.flatMap(({ damaged }) => damaged).sort((a, b) => (a.hash < b.hash ? -1 : 1)),
  };
}
