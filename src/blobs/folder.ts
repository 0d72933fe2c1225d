import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { systemFault } from '../base/systemFault.ts';
import { blobCutShort, blobMissing, checkBlobName, type LocalBlobs } from './blobs.ts';

/** What is written aside; a crash may leave it until the next start. */
const ASIDE = '.aside-';

const PIECE_BYTES = 512 * 1024;
/** The disk is kept busy while more comes. */
const SYNC_EVERY_BYTES = 64 * 1024 * 1024;

/** Each blob is a file in `folder`, whose name ends in `suffix`. One process at a time may write there. */
export function openFolderBlobs(folder: string, suffix = ''): LocalBlobs {
  try {
    mkdirSync(folder, { recursive: true });
    for (const file of readdirSync(folder)) if (file.startsWith(ASIDE)) rmSync(join(folder, file));
  } catch (error) {
    throw systemFault(error, `create ${folder}`);
  }
  const path = (name: string) => join(folder, checkBlobName(name) + suffix);

  async function write(name: string, bytes: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<void> {
    const aside = join(folder, `${ASIDE}${checkBlobName(name)}`);
    try {
      await writeDurably(aside, bytes);
      await rename(aside, path(name));
      await syncFolder(folder);
    } catch (error) {
      await rm(aside, { force: true });
      // A fault of the stream is its maker's.
      throw (error as NodeJS.ErrnoException).syscall ? systemFault(error, `write ${path(name)}`) : error;
    }
  }

  return {
    path,
    put: (name, bytes) => write(name, [bytes]),
    write,
    async get(name, offset, length) {
      const bytes = Buffer.allocUnsafe(length);
      const filled = await readInto(path(name), bytes, offset).catch((error: unknown) => {
        throw isMissing(error) ? blobMissing(name) : systemFault(error, `read ${path(name)}`);
      });
      if (filled < length) throw blobCutShort(name, offset + length, offset + filled);
      return bytes;
    },
    async *read(name, offset, length) {
      const file = await open(path(name), 'r').catch((error: unknown) => {
        throw isMissing(error) ? blobMissing(name) : systemFault(error, `open ${path(name)}`);
      });
      await using _ = file;
      const piece = async (done: number): Promise<Buffer> => {
        const bytes = Buffer.allocUnsafe(Math.min(PIECE_BYTES, length - done));
        const { bytesRead } = await file.read(bytes, 0, bytes.length, offset + done).catch((error: unknown) => {
          throw systemFault(error, `read ${path(name)}`);
        });
        if (bytesRead === 0) throw blobCutShort(name, offset + length, offset + done);
        return bytes.subarray(0, bytesRead);
      };
      let next = length > 0 ? piece(0) : null;
      for (let done = 0; next;) {
        const bytes = await next;
        done += bytes.length;
        // Read while this one is used.
        next = done < length ? piece(done) : null;
        next?.catch(() => {});
        yield bytes;
      }
    },
    async list(prefix = '') {
      const found: { name: string; sizeBytes: number }[] = [];
      for (const file of (await readdir(folder)).sort()) {
        if (file.startsWith('.') || !file.startsWith(prefix) || !file.endsWith(suffix)) continue;
        const status = await stat(join(folder, file)).catch(absentIfMissing);
        if (status) found.push({ name: file.slice(0, file.length - suffix.length), sizeBytes: status.size });
      }
      return found;
    },
    async delete(name) {
      await rm(path(name), { force: true }).catch((error: unknown) => {
        throw systemFault(error, `delete ${path(name)}`);
      });
    },
    async size(name) {
      return (await stat(path(name)).catch(absentIfMissing))?.size ?? null;
    },
  };
}

const isMissing = (error: unknown) => (error as NodeJS.ErrnoException).code === 'ENOENT';

function absentIfMissing(error: unknown): null {
  if (isMissing(error)) return null;
  throw systemFault(error, 'look at a blob');
}

async function writeDurably(path: string, bytes: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<void> {
  await using file = await open(path, 'w');
  let syncing: Promise<void> | null = null;
  let unsynced = 0;
  try {
    for await (const piece of bytes) {
      await file.writeFile(piece);
      unsynced += piece.length;
      if (unsynced < SYNC_EVERY_BYTES) continue;
      await syncing;
      syncing = file.datasync();
      // Heard of when it is awaited.
      syncing.catch(() => {});
      unsynced = 0;
    }
  } finally {
    await syncing;
  }
  await file.sync();
}

async function readInto(path: string, bytes: Buffer, offset: number): Promise<number> {
  await using file = await open(path, 'r');
  let filled = 0;
  while (filled < bytes.length) {
    const { bytesRead } = await file.read(bytes, filled, bytes.length - filled, offset + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return filled;
}

async function syncFolder(folder: string): Promise<void> {
  await using descriptor = await open(folder, 'r');
  await descriptor.sync();
}
