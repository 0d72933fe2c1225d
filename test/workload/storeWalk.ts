import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Root } from '../../src/blocks/blocks.ts';
import { openChunkReader } from '../../src/blocks/chunkReader.ts';
import { CHUNK_BYTES } from '../../src/blocks/format.ts';
import { walkMap } from '../../src/blocks/map.ts';
import { BLOCK_BYTES, settle, tagsAt, type Content } from './content.ts';

const BLOCKS_PER_CHUNK = CHUNK_BYTES / BLOCK_BYTES;

/** Hashes of every page and chunk that the roots reach. */
export function reachable(storeFolder: string, roots: Iterable<Root>): Set<string> {
  const reader = openChunkReader(storeFolder);
  const found = new Set<string>();
  try {
    for (const root of roots) {
      const enter = (hash: Buffer) => (found.has(hash.toString('hex')) ? null : reader.read(hash));
      for (const { hash } of walkMap(root, enter)) found.add(hash.toString('hex'));
    }
  } finally {
    reader.close();
  }
  return found;
}

/** What a store has: hashes in its index, segments in its index, segment files. */
export function stored(storeFolder: string): { chunks: Set<string>; segments: string[]; files: string[] } {
  const index = new DatabaseSync(join(storeFolder, 'index.db'), { readOnly: true, timeout: 10_000 });
  try {
    const chunks = index.prepare('SELECT hash FROM chunks').all() as { hash: Uint8Array }[];
    const segments = index.prepare('SELECT name FROM segments ORDER BY name').all() as { name: string }[];
    return {
      chunks: new Set(chunks.map(({ hash }) => Buffer.from(hash).toString('hex'))),
      segments: segments.map(({ name }) => `${name}.seg`),
      files: readdirSync(join(storeFolder, 'segments')).sort(),
    };
  } finally {
    index.close();
  }
}

/** Every byte of a stored disk against what it must hold. Answers what is wrong. */
export function compareStored(storeFolder: string, root: Root, content: Content): string[] {
  const reader = openChunkReader(storeFolder);
  const faults: string[] = [];
  const seen = new Set<number>();
  const look = (block: number, bytes: Buffer) => {
    const fault = settle(content, block, bytes);
    if (fault) faults.push(fault);
  };
  try {
    for (const { kind, hash, index } of walkMap(root, (page) => reader.read(page))) {
      if (kind === 'page') continue;
      const plain = reader.read(hash);
      seen.add(index);
      for (let at = 0; at < BLOCKS_PER_CHUNK; at++) {
        look(index * BLOCKS_PER_CHUNK + at, plain.subarray(at * BLOCK_BYTES, (at + 1) * BLOCK_BYTES));
      }
    }
    for (const block of content.keys()) {
      if (seen.has(Math.floor(block / BLOCKS_PER_CHUNK))) continue;
      if (tagsAt(content, block).has(0)) content.delete(block);
      else faults.push(`block ${block} is zero`);
    }
  } finally {
    reader.close();
  }
  return faults;
}
