import type { ContentPartRow } from '../records/tables/objects.ts';
import { bodyOf } from './body.ts';
import { crc64Text } from './crc64.ts';
import { objectFault } from './faults.ts';
import type { Algorithm } from './hashing/algorithms.ts';
import { hashHere, type Digests, type StreamHashes } from './hashing/hashes.ts';
import type { ObjectCall, ObjectParts } from './parts.ts';

/** Bytes that are stored durably, and not reachable until a row names the blob. */
export interface StoredContent {
  blob: string;
  sizeBytes: number;
  /** MD5, hex. */
  md5: string;
  crc64: string;
}

/** One object by PutObject, one part. */
export const MAX_BODY_BYTES = 5 * 1024 ** 3;

/** What is hashed and written at once; of a stream, so many are held at most. */
const BLOCK_BYTES = 256 * 1024;
const BLOCKS = 4;

interface StreamFacts {
  /** Null: nobody knows yet. */
  lengthBytes: number | null;
  /** What `check` needs besides MD5 and CRC-64. */
  algorithms?: readonly Algorithm[];
  /** Before anything is there to be seen. May throw. */
  check?(digests: Digests, sizeBytes: number): void;
}

type StoreParts = Pick<ObjectParts, 'blobs' | 'hashes' | 'ids'>;

/** Stores the request's body as it comes, and checks it against all that the request says of it. Nothing is left of a body that is refused. */
export async function storeBody(call: ObjectCall): Promise<StoredContent> {
  const body = bodyOf(call);
  if ((body.lengthBytes ?? 0) > MAX_BODY_BYTES) throw objectFault('EntityTooLarge');
  return storeStream(call.parts, body.bytes, body);
}

export async function storeStream(
  { blobs, hashes, ids }: StoreParts,
  stream: AsyncIterable<Uint8Array>,
  { lengthBytes, algorithms = [], check = () => {} }: StreamFacts,
): Promise<StoredContent> {
  const blob = ids.text(32);
  const isSmall = lengthBytes !== null && lengthBytes <= BLOCK_BYTES;
  const all = [...new Set<Algorithm>(['md5', 'crc64ecma', ...algorithms])];
  const running = isSmall ? await hashHere(all) : hashes.start(all);
  let digests: Digests = new Map();
  let sizeBytes = 0;
  async function* hashed(): AsyncGenerator<Uint8Array> {
    for await (const block of blocksOf(stream, isSmall ? lengthBytes || 1 : BLOCK_BYTES, running)) {
      sizeBytes += block.length;
      if (sizeBytes > MAX_BODY_BYTES) throw objectFault('EntityTooLarge');
      if (sizeBytes > (lengthBytes ?? Infinity)) throw objectFault('IncompleteBody');
      yield block;
    }
    digests = await running.digest();
    check(digests, sizeBytes);
  }
  try {
    await blobs.write(blob, hashed());
  } catch (error) {
    running.abandon();
    throw error;
  }
  return { blob, sizeBytes, md5: digests.get('md5')!.toString('hex'), crc64: crc64Text(digests.get('crc64ecma')!) };
}

/** A stream in blocks of shared memory, being hashed; each is used again once it is hashed and the one after it was asked for. */
async function* blocksOf(
  stream: AsyncIterable<Uint8Array>,
  blockBytes: number,
  hashes: StreamHashes,
): AsyncGenerator<Uint8Array> {
  const ring: { bytes: Uint8Array; hashed: Promise<void> }[] = [];
  let turn = 0;
  let filled = 0;
  const next = async () => {
    const place = turn % BLOCKS;
    ring[place] ??= { bytes: new Uint8Array(new SharedArrayBuffer(blockBytes)), hashed: Promise.resolve() };
    await ring[place].hashed;
    return ring[place];
  };
  let block = await next();
  const full = () => {
    const bytes = block.bytes.subarray(0, filled);
    block.hashed = hashes.update(bytes);
    return bytes;
  };
  for await (const piece of stream) {
    for (let at = 0; at < piece.length;) {
      if (filled === blockBytes) {
        yield full();
        turn++;
        filled = 0;
        block = await next();
      }
      const taken = piece.subarray(at, at + blockBytes - filled);
      block.bytes.set(taken, filled);
      filled += taken.length;
      at += taken.length;
    }
  }
  if (filled > 0) yield full();
}

/** Runs `record`, the transaction that names the blob; when it fails, the blob goes. */
export async function recorded<T>(
  { blobs }: Pick<ObjectParts, 'blobs'>,
  blob: string,
  record: () => Promise<T>,
): Promise<T> {
  try {
    return await record();
  } catch (error) {
    await blobs.delete(blob);
    throw error;
  }
}

/** `length` bytes from `offset` on of what the parts make together. */
export function readContent(
  { blobs, blobsInUse }: Pick<ObjectParts, 'blobs' | 'blobsInUse'>,
  parts: readonly ContentPartRow[],
  offset: number,
  length: number,
): AsyncGenerator<Buffer> {
  const names = parts.map(({ blob }) => blob);
  return blobsInUse.reading(names, readParts(blobs, parts, offset, length));
}

async function* readParts(
  blobs: ObjectParts['blobs'],
  parts: readonly ContentPartRow[],
  offset: number,
  length: number,
): AsyncGenerator<Buffer> {
  let start = 0;
  const end = offset + length;
  for (const { blob, sizeBytes } of parts) {
    const from = Math.max(offset, start);
    const to = Math.min(end, start + sizeBytes);
    if (from < to) yield* blobs.read(blob, from - start, to - from);
    start += sizeBytes;
    if (start >= end) return;
  }
}
