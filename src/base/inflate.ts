import { constants, createInflateRaw, inflateRawSync } from 'node:zlib';
import { createContext } from './zlibContext.ts';

/**
 * Inflates raw deflate streams of at most `largestBytes`, into memory that the next call overwrites. A stream may lack its end marker, and other bytes may
 * follow it. Throws what `inflateRawSync` throws.
 */
export function createInflater(largestBytes: number): (packed: Uint8Array) => Buffer {
  const run = createContext(() => createInflateRaw(), constants.Z_SYNC_FLUSH);
  // One byte more tells a stream that holds more.
  const output = Buffer.allocUnsafeSlow(largestBytes + 1);
  return (packed) => {
    const ran = run(packed, output);
    if (ran && ran.filled <= largestBytes) return output.subarray(0, ran.filled);
    return inflateRawSync(packed, { maxOutputLength: largestBytes, finishFlush: constants.Z_SYNC_FLUSH });
  };
}
