import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createIds } from '../base/ids.ts';
import { silentLog } from '../base/log.ts';
import { openBlocks, type Blocks, type ChunkRef, type Lease, type Root } from './blocks.ts';
import { openIndexReader, segmentPath, segmentsFolder } from './chunkIndex.ts';
import { createChunkWriter } from './chunkWriter.ts';
import { openDiskReader } from './diskReader.ts';
import { CHUNK_BYTES } from './format.ts';
import { temporaryFolder } from './storeFixture.ts';

/** For tests: the stores of two regions, and disks whose chunks are words. */

export const HERE = 'cn-hangzhou';
export const THERE = 'cn-beijing';

/** 256 KiB that differ by `word` and compress little enough to count. */
export function content(word: string): Buffer {
  const bytes = Buffer.alloc(CHUNK_BYTES);
  let state = [...word].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) >>> 0, 7);
  for (let at = 0; at < CHUNK_BYTES; at += 8) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    bytes.writeUInt32LE(state, at);
  }
  return bytes;
}

export function start() {
  const temporary = temporaryFolder('blocks');
  const open = () => openBlocks({ dataFolder: temporary.path, ids: createIds(), log: silentLog });
  let blocks = open();
  return {
    folder: temporary.path,
    get blocks() {
      return blocks;
    },
    async restart() {
      await blocks[Symbol.asyncDispose]();
      blocks = open();
    },
    async [Symbol.asyncDispose]() {
      await blocks[Symbol.asyncDispose]();
      temporary[Symbol.dispose]();
    },
  };
}

export function put(blocks: Blocks, lease: Lease, words: Record<number, string | null>): ChunkRef[] {
  const writer = createChunkWriter({ storeFolder: blocks.folder(lease.regionId), leaseId: lease.id });
  const refs = Object.entries(words).map(([index, word]) =>
    writer.put(Number(index), word === null ? Buffer.alloc(CHUNK_BYTES) : content(word)),
  );
  writer.seal();
  writer.close();
  return refs;
}

export async function store(
  blocks: Blocks,
  lease: Lease,
  words: Record<number, string | null>,
  base: Root = null,
  chunks = 5000,
): Promise<Root> {
  const refs = put(blocks, lease, words);
  assert.deepEqual(await blocks.commit(lease, refs), []);
  return blocks.writeMap(lease, base, new Map(refs.map(({ index, hash }) => [index, hash])), chunks * CHUNK_BYTES);
}

export function assertHolds(blocks: Blocks, regionId: string, root: Root, words: Record<number, string | null>): void {
  const reader = openDiskReader(blocks.folder(regionId), root, 5000 * CHUNK_BYTES);
  try {
    for (const [index, word] of Object.entries(words)) {
      const plain = reader.readChunk(Number(index));
      if (word === null) assert.equal(plain, null, `chunk ${index} is zero`);
      else assert.ok(plain?.equals(content(word)), `chunk ${index} is ${word}`);
    }
  } finally {
    reader.close();
  }
}

export const segmentFiles = (blocks: Blocks, regionId = HERE) => readdirSync(segmentsFolder(blocks.folder(regionId)));
export const none = async () => [];

/** Changes one bit of a chunk as it is stored. */
export function flipBit(blocks: Blocks, hash: string): void {
  const index = openIndexReader(blocks.folder(HERE));
  const { segment, offset, length } = index.find(Buffer.from(hash, 'hex'))!;
  index.close();
  const path = segmentPath(blocks.folder(HERE), segment);
  const bytes = readFileSync(path);
  bytes[offset + (length >> 1)]! ^= 1;
  writeFileSync(path, bytes);
}
