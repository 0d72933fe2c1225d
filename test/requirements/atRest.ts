import { randomBytes } from 'node:crypto';
import { closeSync, openSync, readdirSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { MIB, type LifeWorld } from './world.ts';

/** Bytes that no compression makes smaller: what is stored of them is what they are, unless it is encrypted. */
export const incompressible = (sizeBytes: number): Buffer => randomBytes(sizeBytes);

/** Of a file: live disks are sparse files of tens of GiB, and all that these tests write is at their beginning. */
const LOOKED_AT_BYTES = 16 * MIB;

/** Files of the data folder that hold a part of `content` as it is, by their path there. */
export function filesWith({ world }: LifeWorld, content: Buffer): string[] {
  const buffer = Buffer.alloc(LOOKED_AT_BYTES);
  const part = content.subarray(content.length / 2, content.length / 2 + 64);
  return readdirSync(world.dataDir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .filter((path) => beginningOf(path, buffer).includes(part))
    .map((path) => path.slice(world.dataDir.length + 1));
}

function beginningOf(path: string, buffer: Buffer): Buffer {
  const file = openSync(path, 'r');
  try {
    return buffer.subarray(0, readSync(file, buffer));
  } finally {
    closeSync(file);
  }
}
