import { CHUNK_BYTES } from '../../blocks/format.ts';

/** Threads share a disk by taking the next piece of it: 32 MiB, so that the last ones to work wait little for each other. */
export const PIECE_CHUNKS = (32 * 1024 * 1024) / CHUNK_BYTES;

export const sharedPieces = () => new Int32Array(new SharedArrayBuffer(4));

/**
 * The first chunk of the next piece that no thread has, of those that may hold data (`nextData` as a DiskSource's); null: there is
 * none among the `count` chunks.
 */
export function takePiece(nextPiece: Int32Array, count: number, nextData: (index: number) => number): number | null {
  for (;;) {
    const free = Atomics.load(nextPiece, 0);
    const data = free * PIECE_CHUNKS < count ? nextData(free * PIECE_CHUNKS) : count;
    if (data >= count) return null;
    const taken = Math.floor(data / PIECE_CHUNKS);
    if (Atomics.compareExchange(nextPiece, 0, free, taken + 1) === free) return taken * PIECE_CHUNKS;
  }
}
