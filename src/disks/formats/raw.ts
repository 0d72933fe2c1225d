import { CHUNK_BYTES, chunkCount } from '../../blocks/format.ts';
import { checkDiskSize, imageFileInvalid, type DiskSource, type ImageFile } from './source.ts';

/** `data`: where the file has bytes at all (ascending start, end, start, end …); null: not known, all of it is read. */
export function openRaw(file: ImageFile, data: Float64Array | null = null): DiskSource {
  const { path } = file;
  if (file.sizeBytes === 0) throw imageFileInvalid(`${path} is empty`);
  const sizeBytes = checkDiskSize(file.sizeBytes);
  return {
    sizeBytes,
    readChunk(index, into) {
      const start = index * CHUNK_BYTES;
      const end = Math.min(start + CHUNK_BYTES, file.sizeBytes);
      if (data && nextByte(data, start) >= end) return 'zero';
      const wanted = into.subarray(0, end - start);
      const filled = file.read(wanted, start);
      if (filled < wanted.length) throw imageFileInvalid(`${path} became shorter while it was read`);
      into.fill(0, filled);
      return 'data';
    },
    nextData(index) {
      const start = index * CHUNK_BYTES;
      const at = data ? nextByte(data, start) : start;
      return Math.min(Math.floor(at / CHUNK_BYTES), chunkCount(sizeBytes));
    },
    close: () => file.close(),
  };
}

/** The first byte from `at` on that is inside of an extent, or Infinity. */
function nextByte(data: Float64Array, at: number): number {
  // The first extent that ends behind `at`.
  let low = 0;
  let high = data.length / 2;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (data[middle * 2 + 1]! > at) high = middle;
    else low = middle + 1;
  }
  return low === data.length / 2 ? Infinity : Math.max(at, data[low * 2]!);
}
