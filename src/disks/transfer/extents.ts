import { CHUNK_BYTES } from '../../blocks/format.ts';

/** Where the chunks lie, as `Transfers.findData` answers it. */
export function extentsOf(chunks: Uint32Array, sizeBytes: number, unitBytes: number): number[] {
  const extents: number[] = [];
  for (const chunk of chunks) {
    const start = Math.floor((chunk * CHUNK_BYTES) / unitBytes) * unitBytes;
    const end = Math.min(start + unitBytes, sizeBytes);
    if (extents.at(-1) === start) extents[extents.length - 1] = end;
    else if (extents.at(-1) !== end) extents.push(start, end);
  }
  return extents;
}
