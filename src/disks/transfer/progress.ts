import type { Progress } from '../../blocks/blocks.ts';
import { CHUNK_BYTES } from '../../blocks/format.ts';
import { PIECE_CHUNKS } from './pieces.ts';

/** Tells how far the thread that is farthest got. */
export function reporter(
  totalBytes: number,
  onProgress: ((progress: Progress) => void) | undefined,
): (position: number) => void {
  let doneBytes = 0;
  return (position) => {
    doneBytes = Math.max(doneBytes, Math.min(position * CHUNK_BYTES, totalBytes));
    onProgress?.({ doneBytes, totalBytes });
  };
}

export const threadsFor = (chunks: number, threads: number) => Math.min(threads, Math.ceil(chunks / PIECE_CHUNKS));
