import { rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { WorldFault } from '../base/worldFault.ts';
import type { Blocks, Root, StoredSource, WriteOptions } from '../blocks/blocks.ts';
import type { DiskFormat } from '../rules/imageForms.ts';
import type { DiskFile } from './formats/source.ts';
import type { StreamFormat } from './formats/write/format.ts';
import { extentsOf } from './transfer/extents.ts';
import { identify, importDisk, inspectDisk, openScratch, type Scratch } from './transfer/importing.ts';
import { exportStream, listData } from './transfer/stream.ts';
import { exportFile, type ExportOptions, type FileFormat } from './transfer/toFile.ts';

export interface StoredDisk {
  root: Root;
  /** Virtual size, bytes. */
  sizeBytes: number;
  /** Bytes of its chunks as stored, whatever others have stored already: it is shown to the disk's owner. */
  storedBytes: number;
}

export interface ImportOptions extends WriteOptions {
  /**
   * Who asks may learn what the store holds: what is there already is not written again. Only the operator may: from how long it
   * takes others could tell what their neighbours have.
   */
  knowsStore?: boolean;
}

/** Disks in and out of the block store as whole files; the byte work runs in threads of its own. */
export interface Transfers extends AsyncDisposable {
  /** What a file is whose name does not say it: the format whose mark it carries, raw without one. To be asked once. */
  identify(path: string): Promise<DiskFormat>;
  /** Checks and sizes a file without reading its data (of a packed one: itself). Throws WorldFault `ImageFileInvalid` with what is wrong. */
  probe(file: DiskFile): Promise<{ sizeBytes: number }>;
  /** Reads it as what it was declared to be, and as nothing else. Throws as `probe`. */
  importFile(file: DiskFile, options: ImportOptions): Promise<StoredDisk>;
  /** Room for a file on its way to `importFile`. */
  scratch(): Scratch;
  /** Where the disk is not zero by its map alone: start, end, start, end … in bytes, ascending, rounded to multiples of `unitBytes` and the disk's end. */
  findData(disk: Pick<StoredSource, 'regionId' | 'root' | 'sizeBytes'>, unitBytes: number): Promise<number[]>;
  /** Written aside and renamed into place once durable; default: a sparse raw file. */
  exportFile(disk: StoredSource, path: string, options: ExportOptions & { format?: FileFormat }): Promise<void>;
  /** The disk as a file, from its beginning to its end; `name` is that file's, without its ending. */
  exportStream(
    disk: StoredSource,
    file: { format: StreamFormat; name: string },
    options: ExportOptions,
  ): AsyncGenerator<Uint8Array>;
}

export function openTransfers({
  blocks,
  threads = availableParallelism(),
  scratchFolder,
}: {
  blocks: Blocks;
  threads?: number;
  /** Emptied: what lies there is a dead process's. */
  scratchFolder: string;
}): Transfers {
  rmSync(scratchFolder, { recursive: true, force: true });
  const ending = new AbortController();
  const running = new Set<Promise<unknown>>();

  /** Ends when the caller or the whole part does. */
  async function tracked<T>(signal: AbortSignal | undefined, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const both = AbortSignal.any([ending.signal, ...(signal ? [signal] : [])]);
    both.throwIfAborted();
    const working = work(both);
    running.add(working);
    try {
      return await working;
    } finally {
      running.delete(working);
    }
  }

  return {
    identify: async (path) => identify(path),
    probe: (file) => tracked(undefined, (signal) => inspectDisk(file, signal)),
    importFile: (file, options) =>
      tracked(options.signal, (signal) => importDisk({ blocks, threads, scratchFolder }, file, { ...options, signal })),
    scratch: () => openScratch(scratchFolder),
    findData: (disk, unitBytes) =>
      tracked(undefined, async (signal) => extentsOf(await listData(blocks, disk, signal), disk.sizeBytes, unitBytes)),
    exportFile: (disk, path, options) =>
      tracked(options.signal, (signal) => exportFile({ blocks, threads }, disk, path, { ...options, signal })),
    async *exportStream(disk, file, options) {
      const signal = AbortSignal.any([ending.signal, ...(options.signal ? [options.signal] : [])]);
      const ended = Promise.withResolvers<void>();
      running.add(ended.promise);
      try {
        yield* exportStream({ blocks, threads }, disk, file, { ...options, signal });
      } finally {
        running.delete(ended.promise);
        ended.resolve();
      }
    },
    async [Symbol.asyncDispose]() {
      ending.abort(new WorldFault('Stopping', 'The service is stopping', { retryable: true }));
      await Promise.allSettled(running);
    },
  };
}
