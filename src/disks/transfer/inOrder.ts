import type { Piece } from '../formats/write/format.ts';

/** Pieces that are ready and not yet taken, at most, besides the one that each thread holds. */
const AHEAD = 4;

/**
 * What threads make at the same time, in the order of the numbers 0 … `count` - 1. `run` lets them work, each waiting for the answer to a
 * piece before it makes the next. Ends them when nobody reads on.
 */
export async function* inOrder(
  count: number,
  run: (take: (piece: Piece) => Promise<null>, signal: AbortSignal) => Promise<void>,
  signal: AbortSignal,
): AsyncGenerator<Piece> {
  const ending = new AbortController();
  const both = AbortSignal.any([signal, ending.signal]);
  const ready = new Map<number, Piece>();
  let next = 0;
  let changed = Promise.withResolvers<void>();
  const tell = () => {
    changed.resolve();
    changed = Promise.withResolvers();
  };
  both.addEventListener('abort', tell);
  let failure: { error: unknown } | null = null;
  const working = run(async (piece) => {
    ready.set(piece.number, piece);
    tell();
    while (piece.number >= next + AHEAD && !both.aborted) await changed.promise;
    return null;
  }, both).catch((error: unknown) => {
    failure = { error };
    tell();
  });
  try {
    while (next < count) {
      const piece = ready.get(next);
      if (piece) {
        ready.delete(next++);
        tell();
        yield piece;
      } else if (failure) {
        throw (failure as { error: unknown }).error;
      } else {
        await changed.promise;
      }
    }
    await working;
    if (failure) throw (failure as { error: unknown }).error;
  } finally {
    ending.abort();
    await working;
  }
}
