import { imageFileInvalid } from './source.ts';

/** What may be unpacked of any file, however small. */
const FREE_BYTES = 128 * 1024 * 1024;
/** Deflate can't do better than 1032; Zstandard and xz can, with what nobody's disk is full of. */
const MAX_RATIO = 2048;

/** Refuses a small file that unpacks to a vast disk. */
export function refuseBomb(what: string, unpackedBytes: number, packedBytes: number): void {
  if (unpackedBytes <= FREE_BYTES + MAX_RATIO * packedBytes) return;
  throw imageFileInvalid(
    `${what} unpacks to more than ${MAX_RATIO} times its size: unpack it yourself, or pack it with gzip`,
  );
}
