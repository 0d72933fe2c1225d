import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { systemFault } from '../../base/systemFault.ts';
import { serveThread } from '../../base/threads.ts';
import { openImageFile, type DiskFile } from '../formats/source.ts';
import { unpack } from '../formats/unpack.ts';

export interface UnpackData {
  disk: DiskFile;
  /** Becomes a sparse file. */
  into: string;
}

/** Bytes read between two questions. */
const TELL_BYTES = 64 * 1024 * 1024;

/** For formats that are read here and there: their packed file is unpacked first. Tells how much of it was read. */
await serveThread<UnpackData, number, null, void>(async ({ disk, into }, port) => {
  const file = openImageFile(disk);
  let output: number | null = null;
  let readBytes = 0;
  let toldBytes = 0;
  try {
    output = openSync(into, 'wx', 0o600);
    for await (const { at, bytes } of unpack(file, disk.packing ?? null, (read) => (readBytes = read))) {
      port.check();
      write(output, bytes, at, into);
      if (bytes.length === 0) ftruncateSync(output, at);
      if (readBytes < toldBytes + TELL_BYTES) continue;
      toldBytes = readBytes;
      await port.ask(readBytes);
    }
  } finally {
    if (output !== null) closeSync(output);
    file.close();
  }
});

function write(output: number, bytes: Buffer, at: number, path: string): void {
  if (bytes.every((byte) => byte === 0)) return;
  try {
    for (let done = 0; done < bytes.length;) done += writeSync(output, bytes, done, bytes.length - done, at + done);
  } catch (error) {
    throw systemFault(error, `write ${path}`);
  }
}
