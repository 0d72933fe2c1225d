import { closeSync, fsyncSync, openSync, renameSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { systemFault } from './systemFault.ts';

/** Puts `content` at `path`, whole or not at all, and through a power cut: written aside, flushed, renamed, the folder flushed. Throws WorldFault. */
export function writeDurably(path: string, content: string | Uint8Array, mode: number): void {
  const aside = `${path}.new`;
  try {
    const file = openSync(aside, 'w', mode);
    try {
      // The type knows of no value that may be either.
      writeSync(file, content as string);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(aside, path);
    flushFolder(dirname(path));
  } catch (error) {
    throw systemFault(error, `write ${path}`);
  }
}

/** Makes names that were put into `folder`, or taken out, durable. */
export function flushFolder(folder: string): void {
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
