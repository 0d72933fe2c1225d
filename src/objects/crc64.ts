/** CRC-64/ECMA-182, reflected (CRC-64/XZ): what `x-oss-hash-crc64ecma` is. */
export const CRC64_ECMA_HEX = 'c96c5795d7870f42';
const POLYNOMIAL = BigInt(`0x${CRC64_ECMA_HEX}`);
const BITS = 64;

/** Decimal, as OSS writes it. */
export const crc64Text = (digest: Buffer): string => digest.readBigUInt64BE().toString();

/** The CRC of one byte string followed by another of `secondBytes`, from theirs. Decimal. As zlib's crc32_combine does it. */
export function combineCrc64(first: string, second: string, secondBytes: number): string {
  // `matrix[n]` is what bit n of a CRC becomes when zeros follow: one bit of them at first, then squared again and again.
  let matrix = [POLYNOMIAL, ...Array.from({ length: BITS - 1 }, (_, bit) => 1n << BigInt(bit))];
  matrix = square(square(square(matrix)));
  let crc = BigInt(first);
  for (let left = secondBytes; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) crc = apply(matrix, crc);
    matrix = square(matrix);
  }
  return (crc ^ BigInt(second)).toString();
}

function apply(matrix: readonly bigint[], vector: bigint): bigint {
  let sum = 0n;
  for (let bit = 0, rest = vector; rest > 0n; bit++, rest >>= 1n) if (rest & 1n) sum ^= matrix[bit]!;
  return sum;
}

const square = (matrix: readonly bigint[]): bigint[] => matrix.map((column) => apply(matrix, column));
