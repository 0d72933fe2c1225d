import { constants, createDeflateRaw, deflateRawSync } from 'node:zlib';
import { createContext } from './zlibContext.ts';

/**
 * Deflates at most `largestBytes` at a time, up to the boundary of a byte (Z_SYNC_FLUSH) and looking back at nothing before them. The answer is the caller's.
 */
export function createDeflater(level: number, largestBytes: number): (plain: Uint8Array) => Buffer {
  const run = createContext(() => createDeflateRaw({ level }), constants.Z_SYNC_FLUSH);
  // zlib's own bound for what does not compress, rounded up.
  const output = Buffer.allocUnsafeSlow(largestBytes + (largestBytes >> 10) + 1024);
  return (plain) => {
    const ran = run(plain, output);
    if (ran?.left === 0 && ran.filled < output.length) return Buffer.from(output.subarray(0, ran.filled));
    return deflateRawSync(plain, { level, finishFlush: constants.Z_SYNC_FLUSH });
  };
}
