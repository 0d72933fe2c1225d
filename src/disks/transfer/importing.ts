import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { systemFault } from '../../base/systemFault.ts';
import { runThread } from '../../base/threads.ts';
import type { Blocks, ChunkRef, Progress, Root, WriteOptions } from '../../blocks/blocks.ts';
import { chunkCount, MAX_DISK_BYTES } from '../../blocks/format.ts';
import { DISK_FORMATS, type DiskFormat, type Packing } from '../../rules/imageForms.ts';
import { convertForeign, foreignSize, isForeign } from '../formats/foreign.ts';
import { findData } from '../formats/holes.ts';
import { endsOf, marksIn } from '../formats/marks.ts';
import { imageFileInvalid, openImageFile, type DiskFile } from '../formats/source.ts';
import type { ImportOptions, StoredDisk } from '../transfers.ts';
import type { ImportBatch, ImportThreadData } from './import.ts';
import type { ImportStreamData, StreamBatch } from './importStream.ts';
import { sharedPieces } from './pieces.ts';
import { reporter, threadsFor } from './progress.ts';
import { runThreads } from './runThreads.ts';
import type { UnpackData } from './unpack.ts';

export interface ImportParts {
  blocks: Blocks;
  threads: number;
  /** Where what has to be unpacked or converted lies meanwhile. */
  scratchFolder: string;
}

type Options = ImportOptions & { signal: AbortSignal };
type PackedFile = DiskFile & { packing: Packing };

/** Map changes held in memory at most, about 100 bytes each. */
const PENDING_CHANGES = 500_000;

const isPacked = (file: DiskFile): file is PackedFile => (file.packing ?? null) !== null;

/** All that can be known before the data is read. Of a packed file its own size: the disk's is known once it is unpacked. */
export async function inspectDisk(file: DiskFile, signal: AbortSignal): Promise<{ sizeBytes: number }> {
  if (isPacked(file)) return { sizeBytes: sizeOf(file) };
  const none = () => null as never;
  const probe = new URL('./probe.ts', import.meta.url);
  const looked = await runThread<never, never, { sizeBytes: number }>(probe, file, { signal, answer: none });
  if (!isForeign(file.format)) return looked;
  const path = file.parts ? file.parts[0]! : file.path;
  return { sizeBytes: await foreignSize({ path, name: file.path }, file.format, signal) };
}

const isDiskFormat = (word: string): word is DiskFormat => (DISK_FORMATS as readonly string[]).includes(word);

export function identify(path: string): DiskFormat {
  const file = openImageFile({ path });
  try {
    const { head, tail } = endsOf(file);
    const marks = marksIn(head, tail);
    const format = marks[0] ?? 'raw';
    if (marks.length > 1) throw imageFileInvalid(`${path} carries the marks of ${marks.join(' and ')}`);
    if (!isDiskFormat(format)) throw imageFileInvalid(`${path} is a ${format} file, which its name does not say`);
    return format;
  } finally {
    file.close();
  }
}

/** A disk file, whatever it is, into the store. */
export async function importDisk(parts: ImportParts, file: DiskFile, options: Options): Promise<StoredDisk> {
  if (isPacked(file) && file.format === 'raw') return importStream(parts, file, options);
  await using scratch = openScratch(parts.scratchFolder);
  const isJoined = isForeign(file.format) && !isPacked(file) && (file.parts?.length ?? 1) > 1;
  const phases = 1 + (isPacked(file) || isJoined ? 1 : 0) + (isForeign(file.format) ? 1 : 0);
  let phase = 0;
  const report = () => inPhase(phase++, phases, options.onProgress);
  let plain: DiskFile = file;
  if (isPacked(file) || isJoined)
    plain = await unpackInto(await scratch.path('unpacked'), file, report(), options.signal);
  if (isForeign(plain.format))
    plain = await convertInto(await scratch.path('converted'), plain, report(), options.signal);
  // Awaited here: the scratch goes with this function.
  return await importPlain(parts, plain, { ...options, onProgress: report() });
}

type Report = (progress: Progress) => void;

/** Of several phases, each the same share of the whole. */
function inPhase(phase: number, phases: number, onProgress: WriteOptions['onProgress']): Report {
  return ({ doneBytes, totalBytes }) =>
    onProgress?.({ doneBytes: Math.floor((totalBytes * phase + doneBytes) / phases), totalBytes });
}

export interface Scratch extends AsyncDisposable {
  path(name: string): Promise<string>;
}

/** A folder of its own, made once something is to be put there, gone with its user. */
export function openScratch(folder: string): Scratch {
  let made: string | null = null;
  return {
    async path(name) {
      try {
        await mkdir(folder, { recursive: true, mode: 0o700 });
        made ??= await mkdtemp(join(folder, 'import-'));
      } catch (error) {
        throw systemFault(error, `make a folder in ${folder}`);
      }
      return join(made, name);
    },
    async [Symbol.asyncDispose]() {
      if (made !== null) await rm(made, { recursive: true, force: true });
    },
  };
}

async function unpackInto(into: string, file: DiskFile, report: Report, signal: AbortSignal): Promise<DiskFile> {
  const totalBytes = sizeOf(file);
  const data: UnpackData = { disk: file, into };
  await runThread<number, null, void>(new URL('./unpack.ts', import.meta.url), data, {
    signal,
    answer(doneBytes) {
      report({ doneBytes, totalBytes });
      return null;
    },
  });
  return { path: file.path, parts: [into], format: file.format };
}

async function convertInto(into: string, file: DiskFile, report: Report, signal: AbortSignal): Promise<DiskFile> {
  if (!isForeign(file.format)) return file;
  const { sizeBytes } = await inspectDisk(file, signal);
  const source = { path: file.parts ? file.parts[0]! : file.path, name: file.path };
  await convertForeign(source, file.format, into, signal);
  report({ doneBytes: sizeBytes, totalBytes: sizeBytes });
  // It was looked at as what it was; what it became is raw, whatever a guest wrote into it.
  return { path: file.path, parts: [into], format: 'raw', asToldRaw: true };
}

function sizeOf(file: DiskFile): number {
  const opened = openImageFile(file);
  opened.close();
  return opened.sizeBytes;
}

/** Gathers what threads stored into a map. */
function gather({ blocks }: ImportParts, { lease }: Options, sizeBytes: number) {
  let root: Root = null;
  let changes = new Map<number, string | null>();
  let storedBytes = 0;
  let lastWrite: Promise<void> = Promise.resolve();
  async function writeChanges(): Promise<void> {
    const pending = changes;
    changes = new Map();
    root = await blocks.writeMap(lease, root, pending, sizeBytes);
  }
  return {
    /** Answers those to store again. */
    async take({ refs, contentBytes }: { refs: readonly ChunkRef[]; contentBytes: number }): Promise<number[]> {
      storedBytes += contentBytes;
      const again = await blocks.commit(lease, refs);
      const isAgain = new Set(again);
      for (const { index, hash } of refs) if (!isAgain.has(index)) changes.set(index, hash);
      if (changes.size >= PENDING_CHANGES) await (lastWrite = lastWrite.then(writeChanges));
      return again;
    },
    async end(): Promise<{ root: Root; storedBytes: number }> {
      await lastWrite;
      await writeChanges();
      return { root, storedBytes };
    },
  };
}

async function importPlain(parts: ImportParts, disk: DiskFile, options: Options): Promise<StoredDisk> {
  const { lease, key, knowsStore = false, onProgress, signal } = options;
  const { sizeBytes } = await inspectDisk(disk, signal);
  const path = disk.parts?.length === 1 ? disk.parts[0]! : disk.path;
  const data = disk.format === 'raw' && (disk.parts?.length ?? 1) === 1 ? await findData(path, signal) : null;
  if (data?.length === 0) return { root: null, sizeBytes, storedBytes: 0 };

  const gathered = gather(parts, options, sizeBytes);
  const report = reporter(sizeBytes, onProgress);
  const job: ImportThreadData = {
    disk,
    data,
    storeFolder: parts.blocks.folder(lease.regionId),
    leaseId: lease.id,
    key,
    isBlind: !knowsStore,
    nextPiece: sharedPieces(),
  };
  const count = threadsFor(chunkCount(sizeBytes), parts.threads);
  await runThreads<ImportBatch, number[]>(new URL('./import.ts', import.meta.url), count, job, {
    signal,
    async answer(batch) {
      const again = await gathered.take(batch);
      report(batch.position);
      return again;
    },
  });
  return { ...(await gathered.end()), sizeBytes };
}

/** Straight into the store. How far it is: of the packed file. */
async function importStream(parts: ImportParts, disk: PackedFile, options: Options): Promise<StoredDisk> {
  const { lease, key, onProgress, signal } = options;
  const totalBytes = sizeOf(disk);
  const data: ImportStreamData = { disk, storeFolder: parts.blocks.folder(lease.regionId), leaseId: lease.id, key };
  // A map is the same for every size.
  const gathered = gather(parts, options, MAX_DISK_BYTES);
  const { sizeBytes } = await runThread<StreamBatch, number[], { sizeBytes: number }>(
    new URL('./importStream.ts', import.meta.url),
    data,
    {
      signal,
      async answer(batch) {
        const again = await gathered.take(batch);
        onProgress?.({ doneBytes: Math.min(batch.readBytes, totalBytes), totalBytes });
        return again;
      },
    },
  );
  return { ...(await gathered.end()), sizeBytes };
}
