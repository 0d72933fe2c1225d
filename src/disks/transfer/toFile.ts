import { open, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { systemFault } from '../../base/systemFault.ts';
import { WorldFault } from '../../base/worldFault.ts';
import type { Blocks, StoredSource, TransferOptions } from '../../blocks/blocks.ts';
import { chunkCount } from '../../blocks/format.ts';
import type { StreamFormat } from '../formats/write/format.ts';
import { vhdFooter } from '../formats/write/vhd.ts';
import type { ExportThreadData } from './export.ts';
import { sharedPieces } from './pieces.ts';
import { reporter, threadsFor } from './progress.ts';
import { runThreads } from './runThreads.ts';
import { exportStream, identityOf } from './stream.ts';

/** A raw file and a fixed VHD are written with holes, by threads, anywhere in the file. */
export type FileFormat = 'raw' | 'vhd-fixed' | StreamFormat;

export type ExportOptions = Omit<TransferOptions, 'lease'>;

interface With {
  blocks: Blocks;
  threads: number;
}

export async function exportFile(
  parts: With,
  disk: StoredSource,
  path: string,
  { format = 'raw', ...options }: ExportOptions & { format?: FileFormat; signal: AbortSignal },
): Promise<void> {
  const partial = `${path}.partial`;
  await checkReplaceable(path);
  try {
    await using file = await open(partial, 'w');
    await using writeBack = startWriteBack(file);
    if (format === 'raw' || format === 'vhd-fixed') {
      const { sizeBytes } = disk;
      const footer = format === 'vhd-fixed' ? vhdFooter({ sizeBytes, identity: identityOf(disk) }, 'fixed') : null;
      await file.truncate(sizeBytes);
      await writeRaw(parts, disk, partial, { ...options, wrote: writeBack.go });
      if (footer) await file.write(footer, 0, footer.length, sizeBytes);
    } else {
      const name = basename(path).replace(/\.(?:raw\.tar\.gz|qcow2|vhd|vmdk)$/, '');
      let unflushed = 0;
      for await (const bytes of exportStream(parts, disk, { format, name }, options)) {
        await file.writeFile(bytes);
        unflushed += bytes.length;
        if (unflushed < FLUSH_BYTES) continue;
        writeBack.go();
        unflushed = 0;
      }
    }
    await writeBack.finish();
    await file.sync();
    await rename(partial, path);
    await using folder = await open(dirname(path), 'r');
    await folder.sync();
  } catch (error) {
    await rm(partial, { force: true });
    options.signal.throwIfAborted();
    throw systemFault(error, `export to ${path}`);
  }
}

/** A stream is made durable so many bytes at a time. */
const FLUSH_BYTES = 32 * 1024 ** 2;

async function writeRaw(
  { blocks, threads }: With,
  { regionId, root, sizeBytes, key }: StoredSource,
  path: string,
  { onProgress, signal, wrote }: ExportOptions & { signal: AbortSignal; wrote: () => void },
): Promise<void> {
  const report = reporter(sizeBytes, onProgress);
  const storeFolder = blocks.folder(regionId);
  const job: ExportThreadData = { storeFolder, root, sizeBytes, key, path, nextPiece: sharedPieces() };
  const count = root === null ? 0 : threadsFor(chunkCount(sizeBytes), threads);
  await runThreads<number, null>(new URL('./export.ts', import.meta.url), count, job, {
    signal,
    async answer(position) {
      report(position);
      wrote();
      return null;
    },
  });
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
