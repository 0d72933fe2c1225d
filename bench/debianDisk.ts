import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { buildDebianDisk } from '../src/cli/demo/debianDisk.ts';

/** Where benches keep what is made once. */
export const out = join(import.meta.dirname, 'out');

/** A raw disk with a Debian on it, as real as one that anybody starts from. */
export async function debianDisk(): Promise<string> {
  mkdirSync(out, { recursive: true });
  const path = join(out, 'debian.raw');
  if (!existsSync(path)) {
    console.error('Building a Debian disk, once; this takes some minutes ...');
    await buildDebianDisk(path);
  }
  return path;
}
