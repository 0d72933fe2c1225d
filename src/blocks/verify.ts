import { availableParallelism } from 'node:os';
import { runThread } from '../base/threads.ts';
import type { ContentKey } from '../keys/keys.ts';
import type { VerifyOptions, VerifyResult } from './blocks.ts';
import { CHUNK_BYTES } from './format.ts';
import type { RegionStore } from './regionStore.ts';

/** Null: not known, or none. */
export interface VerifyRoot {
  root: string;
  key: ContentKey | null;
}

export interface VerifyThreadData {
  folder: string;
  roots: readonly VerifyRoot[];
  /** This thread's share: the chunks whose hash's first byte is `share` modulo `shares`. */
  share: number;
  shares: number;
}

export async function verify(
  store: RegionStore,
  roots: readonly string[],
  { keys = new Map(), onProgress, signal }: VerifyOptions = {},
): Promise<VerifyResult> {
  const shares = availableParallelism();
  const { count } = store.database.prepare('SELECT count(*) AS count FROM chunks').get() as { count: number };
  const totalBytes = count * CHUNK_BYTES;
  let doneBytes = 0;
  // Those with keys first: what they reach is looked at with a key then, whatever else reaches it.
  const withKeys = [...new Set(roots)]
    .map((root) => ({ root, key: keys.get(root) ?? null }))
    .sort((a, b) => Number(b.key !== null) - Number(a.key !== null));
  const results = await Promise.all(
    Array.from({ length: shares }, (_, share) => {
      const data: VerifyThreadData = { folder: store.folder, roots: withKeys, share, shares };
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
