import { open, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { dirname } from 'node:path';
import { systemFault } from '../base/systemFault.ts';
import { runThread } from '../base/threads.ts';
import { WorldFault } from '../base/worldFault.ts';
import type { Blocks, Root, StoredSource, TransferOptions, WriteOptions } from '../blocks/blocks.ts';
import { chunkCount, CHUNK_BYTES } from '../blocks/format.ts';
import { findData } from './formats/holes.ts';
import { openRaw } from './formats/raw.ts';
import type { ExportThreadData } from './transfer/export.ts';
import type { ImportBatch, ImportThreadData } from './transfer/import.ts';
import { PIECE_CHUNKS, sharedPieces } from './transfer/pieces.ts';

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
  /** A sparse raw file, written aside and renamed into place once durable. */
  exportRaw(disk: StoredSource, path: string, options: Omit<TransferOptions, 'lease'>): Promise<void>;
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
    exportRaw: (disk, path, options) =>
      tracked(options.signal, (signal) => exportRaw(blocks, threads, disk, path, { ...options, signal })),
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

/** As many threads as there is work for; when one fails the others end too. */
async function runThreads<Ask, Answer>(
  module: URL,
  count: number,
  data: unknown,
  { answer, signal }: { answer: (question: Ask) => Promise<Answer>; signal: AbortSignal },
): Promise<void> {
  const failing = new AbortController();
  const both = AbortSignal.any([signal, failing.signal]);
  const threads = Array.from({ length: count }, async () => {
    try {
      await runThread<Ask, Answer, void>(module, data, { answer, signal: both });
    } catch (error) {
      failing.abort(error);
      throw error;
    }
  });
  await Promise.allSettled(threads);
  await Promise.all(threads);
}

/** Tells how far the thread that is farthest got. */
function reporter(totalBytes: number, onProgress: TransferOptions['onProgress']): (position: number) => void {
  let doneBytes = 0;
  return (position) => {
    doneBytes = Math.max(doneBytes, Math.min(position * CHUNK_BYTES, totalBytes));
    onProgress?.({ doneBytes, totalBytes });
  };
}

const threadsFor = (chunks: number, threads: number) => Math.min(threads, Math.ceil(chunks / PIECE_CHUNKS));

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

async function exportRaw(
  blocks: Blocks,
  threads: number,
  disk: StoredSource,
  path: string,
  { onProgress, signal }: Omit<TransferOptions, 'lease'> & { signal: AbortSignal },
): Promise<void> {
  const { root, sizeBytes, key } = disk;
  const partial = `${path}.partial`;
  await checkReplaceable(path);
  try {
    await using file = await open(partial, 'w');
    await file.truncate(sizeBytes);
    const report = reporter(sizeBytes, onProgress);
    await using writeBack = startWriteBack(file);
    const job: ExportThreadData = {
      storeFolder: blocks.folder(disk.regionId),
      root,
      sizeBytes,
      key,
      path: partial,
      nextPiece: sharedPieces(),
    };
    const count = root === null ? 0 : threadsFor(chunkCount(sizeBytes), threads);
    await runThreads<number, null>(new URL('./transfer/export.ts', import.meta.url), count, job, {
      signal,
      async answer(position) {
        report(position);
        writeBack.go();
        return null;
      },
    });
    await writeBack.finish();
    await file.sync();
    await rename(partial, path);
    await using folder = await open(dirname(path), 'r');
    await folder.sync();
  } catch (error) {
    await rm(partial, { force: true });
    signal.throwIfAborted();
    throw systemFault(error, `export to ${path}`);
  }
}

/** A file would be put in the place of a device or a pipe, which nobody means. */
async function checkReplaceable(path: string): Promise<void> {
  const there = await stat(path).catch(() => null);
  if (there && !there.isFile()) throw new WorldFault('NotAFile', `${path} is there already, and is no regular file.`);
}

/** Makes a file durable while threads still write it, so that little is left to wait for at the end. */
function startWriteBack(file: FileHandle): AsyncDisposable & { go(): void; finish(): Promise<void> } {
  let running: Promise<unknown> | null = null;
  let failure: unknown = null;
  return {
    go() {
      running ??= file
        .datasync()
        .catch((error: unknown) => (failure ??= error))
        .finally(() => (running = null));
    },
    /** Throws what went wrong: the system tells it only once. */
    async finish() {
      await running;
      if (failure) throw failure;
    },
    async [Symbol.asyncDispose]() {
      await running;
    },
  };
}
