import { readSync, writeSync } from 'node:fs';

/** All of `length` bytes; what is behind the file's end reads as zero. */
export function readFully(file: number, into: Buffer, at: number, length: number, position: number): void {
  let done = 0;
  while (done < length) {
    const count = readSync(file, into, at + done, length - done, position + done);
    if (count === 0) {
      into.fill(0, at + done, at + length);
      return;
    }
    done += count;
  }
}

export function writeFully(file: number, from: Buffer, at: number, length: number, position: number): void {
  let done = 0;
  while (done < length) done += writeSync(file, from, at + done, length - done, position + done);
}
