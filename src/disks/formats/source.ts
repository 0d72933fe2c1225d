import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { systemFault } from '../../base/systemFault.ts';
import { WorldFault } from '../../base/worldFault.ts';
import { MAX_DISK_BYTES } from '../../blocks/format.ts';
import type { DiskFormat, Packing } from '../../rules/imageForms.ts';

/** A disk in a file, with blocking reads. */
export interface DiskSource {
  /** Virtual size, a multiple of 512. */
  readonly sizeBytes: number;
  /**
   * Fills `into` (256 KiB) with chunk `index`, zeros behind the disk's end; or answers 'zero', `into` untouched, where the format says so.
   * Throws WorldFault `ImageFileInvalid` where the file is not what it claims.
   */
  readChunk(index: number, into: Buffer): 'zero' | 'data';
  /**
   * As `readChunk`, where the file holds just this chunk as zstd frames, one behind the other: those, in memory that the next call overwrites, and `into` is what
   * they hold. Null: it does not, and `into` is anything.
   */
  readFrames?(index: number, into: Buffer): Buffer | null;
  /** The first chunk from `index` on that may hold data, as far as that is known cheaply; the number of chunks when none does. */
  nextData(index: number): number;
  close(): void;
}

/** A disk source whose tables are looked at as a whole before any data is read. */
export interface TabledSource extends DiskSource {
  /** Each table inside of the file, used once, and nothing where something else is. */
  checkTables(): void;
}

/** A disk file and what it was declared to be. */
export interface DiskFile {
  /** Where it is; with `parts`, only what messages call it. */
  path: string;
  /** Files whose bytes, one behind the other, are its own. Default: `path` alone. */
  parts?: readonly string[] | undefined;
  format: DiskFormat;
  packing?: Packing | null | undefined;
  /** Its user insists on `raw`: its bytes are the disk, although they look like another format. */
  asToldRaw?: boolean | undefined;
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

/** Bytes that can be read anywhere. */
export interface ImageFile {
  readonly path: string;
  readonly sizeBytes: number;
  /** Fills `into` from `offset`; answers how much there was before the file's end. */
  read(into: Buffer, offset: number): number;
  close(): void;
}

/** `length` bytes of it from `at` on, fewer where it ends. */
export function readSome(file: ImageFile, at: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  return bytes.subarray(0, file.read(bytes, at));
}

/** A regular file, or several whose bytes follow each other, open for reading. */
export function openImageFile({ path, parts = [path] }: Pick<DiskFile, 'path' | 'parts'>): ImageFile {
  const files: { descriptor: number; start: number; end: number }[] = [];
  const close = () => files.splice(0).forEach(({ descriptor }) => closeSync(descriptor));
  const attempt = <T>(work: () => T): T => {
    try {
      return work();
    } catch (error) {
      throw systemFault(error, `read ${path}`);
    }
  };
  try {
    for (const part of parts) {
      // Opening a named pipe would otherwise wait for a writer, and the whole service with it.
      const descriptor = attempt(() => openSync(part, constants.O_RDONLY | constants.O_NONBLOCK));
      const start = files.at(-1)?.end ?? 0;
      files.push({ descriptor, start, end: start });
      const status = attempt(() => fstatSync(descriptor));
      if (!status.isFile()) throw imageFileInvalid(`${path} is not a regular file`);
      files.at(-1)!.end += status.size;
    }
  } catch (error) {
    close();
    throw error;
  }

  function readPart({ descriptor, start, end }: (typeof files)[number], into: Buffer, offset: number): number {
    const wanted = Math.min(into.length, end - offset);
    let filled = 0;
    while (filled < wanted) {
      const count = attempt(() => readSync(descriptor, into, filled, wanted - filled, offset + filled - start));
      if (count === 0) break;
      filled += count;
    }
    return filled;
  }

  return {
    path,
    sizeBytes: files.at(-1)?.end ?? 0,
    read(into, offset) {
      let filled = 0;
      for (const file of files) {
        if (offset + filled >= file.end || filled === into.length) continue;
        const count = readPart(file, into.subarray(filled), offset + filled);
        filled += count;
        if (offset + filled < file.end) break;
      }
      return filled;
    },
    close,
  };
}

/** Opens what reads a file, which is closed again when that fails. */
export function openedWith<T>(file: ImageFile, open: (file: ImageFile) => T): T {
  try {
    return open(file);
  } catch (error) {
    file.close();
    throw error;
  }
}
