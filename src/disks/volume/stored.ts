import { CHUNK_BYTES } from '../../blocks/format.ts';
import { readOnlyPart, type Device, type Extent } from '../nbd/device.ts';
import type { Base } from './base.ts';

/** Stored content, for any number of clients. */
export function createStoredDevice(base: Base, sizeBytes: number): Device {
  return {
    ...readOnlyPart,
    sizeBytes: () => sizeBytes,
    read: (offset, length, into, at) => base.read(offset, length, into, at),
    extents(offset, length, limit) {
      const extents: Extent[] = [];
      const end = offset + length;
      for (let position = offset; position < end;) {
        const data = base.nextData(position);
        const isZero = data > position;
        const next = Math.min(end, isZero ? data : (Math.floor(position / CHUNK_BYTES) + 1) * CHUNK_BYTES);
        const last = extents.at(-1);
        if (last && last.isZero === isZero) last.length += next - position;
        else if (extents.length === limit) break;
        else extents.push({ length: next - position, isZero });
        position = next;
      }
      return extents;
    },
  };
}
