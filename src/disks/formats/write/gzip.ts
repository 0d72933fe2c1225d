import { constants, crc32, deflateRawSync } from 'node:zlib';

/**
 * Gzip (RFC 1952) put together of pieces that are compressed apart, as pigz does it: each ends at a byte's boundary with an empty block
 * (Z_SYNC_FLUSH) and looks back at nothing before it.
 */

/** Deflate, no name, no time, of an unknown system: the same bytes make the same file. */
export const GZIP_HEAD = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]);

/** The last block, empty. */
const DEFLATE_END = Buffer.from([3, 0]);

export const deflatePiece = (plain: Uint8Array, level: number): Buffer =>
  deflateRawSync(plain, { level, finishFlush: constants.Z_SYNC_FLUSH });

export function gzipTail(crc: number, sizeBytes: number): Buffer {
  const tail = Buffer.alloc(8);
  tail.writeUInt32LE(crc, 0);
  tail.writeUInt32LE(sizeBytes % 2 ** 32, 4);
  return Buffer.concat([DEFLATE_END, tail]);
}

/** A piece, its CRC, and its length before compression. */
export interface Deflated {
  bytes: Uint8Array;
  crc: number;
  plainBytes: number;
}

const ZEROS = Buffer.alloc(4 * 1024 ** 2);

/** Zeros, compressed once for each length that is asked for, and well: a disk has them by the gigabyte. */
export function createZeros(): (length: number) => Generator<Deflated> {
  const made = new Map<number, Deflated>();
  const piece = (plainBytes: number): Deflated => {
    let found = made.get(plainBytes);
    if (!found) {
      const plain = ZEROS.subarray(0, plainBytes);
      made.set(plainBytes, (found = { bytes: deflatePiece(plain, 9), crc: crc32(plain), plainBytes }));
    }
    return found;
  };
  return function* (length) {
    for (let left = length; left > 0; left -= ZEROS.length) yield piece(Math.min(left, ZEROS.length));
  };
}

/** zlib's polynomial, reflected. */
const POLYNOMIAL = 0xedb88320;

/** The CRC-32 of one byte string followed by another of `secondBytes`, from theirs: zlib's crc32_combine. */
export function createCombineCrc32(): (first: number, second: number, secondBytes: number) => number {
  // x to the power of 2^n: of what a CRC is multiplied by when 2^(n-3) bytes of zeros follow.
  const powers = [0x40000000];
  while (powers.length < 64) powers.push(multiply(powers.at(-1)!, powers.at(-1)!));
  const factors = new Map<number, number>();
  function factorOf(bytes: number): number {
    let factor = factors.get(bytes);
    if (factor === undefined) {
      factor = 0x80000000;
      for (let left = bytes, bit = 3; left > 0; left = Math.floor(left / 2), bit++)
        if (left % 2 === 1) factor = multiply(powers[bit]!, factor);
      factors.set(bytes, factor);
    }
    return factor;
  }
  return (first, second, secondBytes) => (multiply(factorOf(secondBytes), first) ^ second) >>> 0;
}

/** Of polynomials over GF(2), modulo the CRC's. The highest bit is x⁰. */
function multiply(a: number, b: number): number {
  let product = 0;
  for (let bit = 0x80000000; bit !== 0; bit >>>= 1) {
    if (a & bit) product ^= b;
    b = b & 1 ? (b >>> 1) ^ POLYNOMIAL : b >>> 1;
  }
  return product >>> 0;
}
