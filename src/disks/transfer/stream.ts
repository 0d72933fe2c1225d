import { createHash } from 'node:crypto';
import { runThread } from '../../base/threads.ts';
import type { Blocks, StoredSource, TransferOptions } from '../../blocks/blocks.ts';
import { WINDOW_CHUNKS, windowsOf, type Piece, type StreamFormat } from '../formats/write/format.ts';
import { streamFormats } from '../formats/write/streamFormats.ts';
import type { EncodeThreadData } from './encode.ts';
import { inOrder } from './inOrder.ts';
import { sharedPieces } from './pieces.ts';
import { reporter } from './progress.ts';
import { runThreads } from './runThreads.ts';

/** Threads read and encode, several windows at a time; what they make is put together here. Memory does not grow with the disk but for its list of chunks. */
export async function* exportStream(
  { blocks, threads }: { blocks: Blocks; threads: number },
  disk: StoredSource,
  { format, name }: { format: StreamFormat; name: string },
  { onProgress, signal }: Omit<TransferOptions, 'lease'> & { signal: AbortSignal },
): AsyncGenerator<Uint8Array> {
  const { root, sizeBytes, key } = disk;
  const storeFolder = blocks.folder(disk.regionId);
  const data = await listData(blocks, disk, signal);
  const windows = windowsOf(data);
  const job: EncodeThreadData = { storeFolder, root, sizeBytes, key, format, windows, next: sharedPieces() };
  const count = Math.min(threads, windows.length);
  const pieces = inOrder(
    windows.length,
    (answer, both) =>
      runThreads<Piece, null>(new URL('./encode.ts', import.meta.url), count, job, { answer, signal: both }),
    signal,
  );
  const report = reporter(sizeBytes, onProgress);
  async function* reported(): AsyncGenerator<Piece> {
    for await (const piece of pieces) {
      yield piece;
      report((piece.window + 1) * WINDOW_CHUNKS);
    }
  }
  yield* streamFormats[format].write({ sizeBytes, data, name, identity: identityOf(disk) }, reported());
}

/** The same content is the same disk. */
export const identityOf = ({ root, sizeBytes }: StoredSource): Buffer =>
  createHash('sha256').update(`${root} ${sizeBytes}`).digest().subarray(0, 16);

/** The chunks that are not zero, ascending. */
export async function listData(
  blocks: Blocks,
  { regionId, root, sizeBytes }: Pick<StoredSource, 'regionId' | 'root' | 'sizeBytes'>,
  signal: AbortSignal,
): Promise<Uint32Array> {
  if (root === null) return new Uint32Array();
  const answer = () => null as never;
  const disk = { storeFolder: blocks.folder(regionId), root, sizeBytes };
  return runThread(new URL('./list.ts', import.meta.url), disk, { signal, answer });
}
