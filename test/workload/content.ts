import assert from 'node:assert/strict';
import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs';

/** What the model counts in: a write is whole or not there. */
export const BLOCK_BYTES = 4096;

/**
 * What a disk may hold: for each block that is not surely zero the tags that a read may find. One tag: known for sure. Tag 0 is
 * a block of zeros.
 */
export type Content = Map<number, ReadonlySet<number>>;

const ZERO: ReadonlySet<number> = new Set([0]);
const blocks = new Map<number, Buffer>();

/** The bytes that a tag stands for: every third does not compress. */
export function blockOf(tag: number): Buffer {
  let block = blocks.get(tag);
  if (block) return block;
  block = Buffer.alloc(BLOCK_BYTES);
  if (tag !== 0) {
    let state = Math.imul(tag, 0x9e3779b1) >>> 0;
    for (let at = 0; at < BLOCK_BYTES; at += 4) {
      if (tag % 3 === 0) state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      block.writeUInt32LE(state, at);
    }
    block.writeUInt32LE(tag, 0);
  }
  if (blocks.size > 20_000) blocks.clear();
  blocks.set(tag, block);
  return block;
}

/** The tag of the bytes; null: bytes that nobody wrote. */
export function tagOf(bytes: Buffer): number | null {
  const tag = bytes.readUInt32LE(0);
  return blockOf(tag).equals(bytes) ? tag : null;
}

export const tagsAt = (content: Content, block: number): ReadonlySet<number> => content.get(block) ?? ZERO;

export function setTags(content: Content, block: number, tags: ReadonlySet<number>): void {
  if (tags.size === 1 && tags.has(0)) content.delete(block);
  else content.set(block, tags);
}

export function addTag(content: Content, block: number, tag: number): void {
  setTags(content, block, new Set(tagsAt(content, block)).add(tag));
}

/** Everything that either may hold. */
export function addAll(content: Content, other: Content): void {
  for (const block of new Set([...content.keys(), ...other.keys()])) {
    setTags(content, block, tagsAt(content, block).union(tagsAt(other, block)));
  }
}

/**
 * Takes what a read found at a block: it must be one of those that may be there, and is known from now on. Answers null, or what
 * is wrong.
 */
export function settle(content: Content, block: number, bytes: Buffer): string | null {
  const allowed = tagsAt(content, block);
  const tag = tagOf(bytes);
  if (tag === null) return `block ${block} holds bytes that nobody wrote, instead of ${describe(allowed)}`;
  if (!allowed.has(tag)) return `block ${block} holds ${tag} instead of ${describe(allowed)}`;
  setTags(content, block, new Set([tag]));
  return null;
}

const describe = (tags: ReadonlySet<number>) => [...tags].join(' or ');

/** A sparse file with a wholly known content. */
export function writeRawFile(path: string, content: Content, sizeBytes: number): void {
  const file = openSync(path, 'w', 0o600);
  try {
    ftruncateSync(file, sizeBytes);
    for (const [block, tags] of content) {
      assert.equal(tags.size, 1, 'a file has one content');
      for (const tag of tags) writeSync(file, blockOf(tag), 0, BLOCK_BYTES, block * BLOCK_BYTES);
    }
  } finally {
    closeSync(file);
  }
}
