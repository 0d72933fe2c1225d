import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { systemFault } from '../../base/systemFault.ts';
import { WorldFault } from '../../base/worldFault.ts';
import { MAX_DISK_BYTES } from '../../blocks/format.ts';

/** A disk in a file, with blocking reads. */
export interface DiskSource {
  /** Virtual size, a multiple of 512. */
  readonly sizeBytes: number;
  /**
   * Fills `into` (256 KiB) with chunk `index`, zeros behind the disk's end; or answers 'zero', `into` untouched, where the format says so.
   * Throws WorldFault `ImageFileInvalid` where the file is not what it claims.
   */
  readChunk(index: number, into: Buffer): 'zero' | 'data';
  /** The first chunk from `index` on that may hold data, as far as that is known cheaply; the number of chunks when none does. */
  nextData(index: number): number;
  close(): void;
}

export const SECTOR_BYTES = 512;

export function imageFileInvalid(why: string, cause?: unknown): WorldFault {
  return new WorldFault('ImageFileInvalid', why, { cause });
}

export function checkDiskSize(sizeBytes: number): number {
  if (!Number.isSafeInteger(sizeBytes) || sizeBytes <= 0 || sizeBytes > MAX_DISK_BYTES)
    throw imageFileInvalid(`a disk of ${sizeBytes} bytes is not between 1 byte and ${MAX_DISK_BYTES / 2 ** 40} TiB`);
  return Math.ceil(sizeBytes / SECTOR_BYTES) * SECTOR_BYTES;
}

/** A regular file, open for reading. */
export interface ImageFile {
  readonly path: string;
  readonly sizeBytes: number;
  /** Bytes that the file system holds for it; less than its size when it has holes. */
  readonly allocatedBytes: number;
  /** Fills `into` from `offset`; answers how much there was before the file's end. */
  read(into: Buffer, offset: number): number;
  close(): void;
}

export function openImageFile(path: string): ImageFile {
  const attempt = <T>(work: () => T): T => {
    try {
      return work();
    } catch (error) {
      throw systemFault(error, `read ${path}`);
    }
  };
  // Opening a named pipe would otherwise wait for a writer, and the whole service with it.
  const file = attempt(() => openSync(path, constants.O_RDONLY | constants.O_NONBLOCK));
  const status = attempt(() => fstatSync(file));
  if (!status.isFile()) {
    closeSync(file);
    throw imageFileInvalid(`${path} is not a regular file`);
  }
  return {
    path,
    sizeBytes: status.size,
    allocatedBytes: status.blocks * 512,
    read: (into, offset) =>
      attempt(() => {
        let filled = 0;
        while (filled < into.length) {
          const count = readSync(file, into, filled, into.length - filled, offset + filled);
          if (count === 0) break;
          filled += count;
        }
        return filled;
      }),
    close: () => closeSync(file),
  };
}
