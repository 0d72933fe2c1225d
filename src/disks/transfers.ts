import { availableParallelism } from 'node:os';
import { runThread } from '../base/threads.ts';
import { WorldFault } from '../base/worldFault.ts';
import type { Blocks, Root, StoredSource, WriteOptions } from '../blocks/blocks.ts';
import { chunkCount } from '../blocks/format.ts';
import type { StreamFormat } from './formats/write/format.ts';
import { findData } from './formats/holes.ts';
import { openRaw } from './formats/raw.ts';
import type { ImportBatch, ImportThreadData } from './transfer/import.ts';
import { sharedPieces } from './transfer/pieces.ts';
import { reporter, threadsFor } from './transfer/progress.ts';
import { runThreads } from './transfer/runThreads.ts';
import { exportStream } from './transfer/stream.ts';
import { exportFile, type ExportOptions, type FileFormat } from './transfer/toFile.ts';

export type ImportFormat = 'raw' | 'qcow2';

export interface StoredDisk {
  root: Root;
  /** Virtual size, bytes. */
  sizeBytes: number;
  /** Bytes of its chunks as stored, whatever others have stored already: it is shown to the disk's owner. */
  storedBytes: number;
}

/** Disks in and out of the block store as whole files; the byte work runs in threads of its own. */
export interface Transfers extends AsyncDisposable {
  /** Checks and sizes a file without reading its data. Throws WorldFault `ImageFileInvalid` with what is wrong. */
  probe(path: string, format: ImportFormat): Promise<{ sizeBytes: number }>;
  importFile(file: { path: string; format: ImportFormat }, options: WriteOptions): Promise<StoredDisk>;
  /** Written aside and renamed into place once durable; default: a sparse raw file. */
  exportFile(disk: StoredSource, path: string, options: ExportOptions & { format?: FileFormat }): Promise<void>;
  /** The disk as a file, from its beginning to its end; `name` is that file's, without its ending. */
  exportStream(
    disk: StoredSource,
    file: { format: StreamFormat; name: string },
    options: ExportOptions,
  ): AsyncGenerator<Uint8Array>;
}

/** Map changes held in memory at most, about 100 bytes each. */
const PENDING_CHANGES = 500_000;

export function openTransfers({
  blocks,
  threads = availableParallelism(),
}: {
  blocks: Blocks;
  threads?: number;
}): Transfers {
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
    probe: (path, format) => tracked(undefined, (signal) => probe(path, format, signal)),
    importFile: (file, options) =>
      tracked(options.signal, (signal) => importFile(blocks, threads, file, { ...options, signal })),
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

async function probe(path: string, format: ImportFormat, signal: AbortSignal): Promise<{ sizeBytes: number }> {
  if (format === 'qcow2') {
    const none = () => null as never;
    return runThread(new URL('./transfer/probe.ts', import.meta.url), { path }, { signal, answer: none });
  }
  const source = openRaw(path);
  source.close();
  return { sizeBytes: source.sizeBytes };
}

async function importFile(
  blocks: Blocks,
  threads: number,
  file: { path: string; format: ImportFormat },
  { lease, key, onProgress, signal }: WriteOptions & { signal: AbortSignal },
): Promise<StoredDisk> {
  const { sizeBytes } = await probe(file.path, file.format, signal);
  const data = file.format === 'raw' ? await findData(file.path, signal) : null;
  if (data?.length === 0) return { root: null, sizeBytes, storedBytes: 0 };

  let root: Root = null;
  let changes = new Map<number, string | null>();
  let storedBytes = 0;
  const report = reporter(sizeBytes, onProgress);
  const job: ImportThreadData = {
    ...file,
    data,
    storeFolder: blocks.folder(lease.regionId),
    leaseId: lease.id,
    key,
    nextPiece: sharedPieces(),
  };
  let lastWrite: Promise<void> = Promise.resolve();
  async function writeChanges(): Promise<void> {
    const pending = changes;
    changes = new Map();
    root = await blocks.writeMap(lease, root, pending, sizeBytes);
  }

  await runThreads<ImportBatch, number[]>(
    new URL('./transfer/import.ts', import.meta.url),
    threadsFor(chunkCount(sizeBytes), threads),
    job,
    {
      signal,
      async answer({ refs, position }) {
        const again = await blocks.commit(lease, refs);
        const isAgain = new Set(again);
        for (const { index, hash, stored } of refs) {
          if (isAgain.has(index)) continue;
          changes.set(index, hash);
          storedBytes += stored?.length ?? 0;
        }
        if (changes.size >= PENDING_CHANGES) await (lastWrite = lastWrite.then(writeChanges));
        report(position);
        return again;
      },
    },
  );
  await lastWrite;
  await writeChanges();
  return { root, sizeBytes, storedBytes };
}
