import { constants, createZstdCompress, createZstdDecompress, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { createContext } from './zlibContext.ts';

/** Answers a frame, in memory that the next call overwrites. */
export function createCompressor(level: number, largestBytes: number): (plain: Uint8Array) => Buffer {
  const params = { [constants.ZSTD_c_compressionLevel]: level };
  const run = createContext(() => createZstdCompress({ params }), constants.ZSTD_e_end);
  // Zstandard's own bound for what does not compress, rounded up.
  const output = Buffer.alloc(largestBytes + (largestBytes >> 8) + 1024);
  return (plain) => {
    const ran = run(plain, output);
    return ran?.left === 0 ? output.subarray(0, ran.filled) : zstdCompressSync(plain, { params });
  };
}

/** Answers what a frame holds, in `into` when it fills that. Throws what `zstdDecompressSync` throws, also when it holds more. */
export function createDecompressor(): (frame: Uint8Array, into: Buffer) => Buffer {
  const run = createContext(() => createZstdDecompress(), constants.ZSTD_e_end);
  return (frame, into) => {
    const ran = run(frame, into);
    if (ran?.left === 0 && ran.filled === into.length) return into;
    return zstdDecompressSync(frame, { maxOutputLength: into.length });
  };
}
