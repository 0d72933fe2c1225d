import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CHUNK_BYTES } from '../../src/blocks/format.ts';
import { createRandom } from '../workload/random.ts';

/** What the store's crash test keeps in place of the service's records: which disks there are, and what each one holds. */

export const REGIONS = ['cn-hangzhou', 'cn-beijing'] as const;
export const DISK_CHUNKS = 2500;
export const DISK_BYTES = DISK_CHUNKS * CHUNK_BYTES;

export interface DiskRecord {
  regionId: string;
  root: string;
  /** Chunk index → what it holds; the others are zero. */
  words: Record<number, number>;
}

export type Records = Record<string, DiskRecord>;

const path = (folder: string) => join(folder, 'disks.json');

export function readRecords(folder: string): Records {
  return JSON.parse(readFileSync(path(folder), 'utf8')) as Records;
}

/** At once or not at all, as a transaction is. */
export function writeRecords(folder: string, records: Records): void {
  writeFileSync(`${path(folder)}.aside`, JSON.stringify(records));
  renameSync(`${path(folder)}.aside`, path(folder));
}

export function rootsIn(records: Records, regionId: string): string[] {
  return Object.values(records)
    .filter((disk) => disk.regionId === regionId)
    .map(({ root }) => root);
}

/** Chunks by what they stand for; every third one does not compress. */
export function createChunks(): (word: number) => Buffer {
  const made = new Map<number, Buffer>();
  return (word) => {
    let chunk = made.get(word);
    if (!chunk) made.set(word, (chunk = word % 3 === 0 ? noise(word) : Buffer.alloc(CHUNK_BYTES, `word ${word}, `)));
    return chunk;
  };
}

function noise(seed: number): Buffer {
  const bytes = Buffer.alloc(CHUNK_BYTES);
  const random = createRandom(seed);
  for (let at = 0; at < CHUNK_BYTES; at += 4) bytes.writeUInt32LE(random.below(2 ** 32), at);
  return bytes;
}
