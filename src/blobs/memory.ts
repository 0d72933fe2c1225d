import { blobCutShort, blobMissing, checkBlobName, type Blobs } from './blobs.ts';

/** Blobs that end with the process. */
export function createMemoryBlobs(): Blobs {
  const blobs = new Map<string, Buffer>();

  function get(name: string, offset: number, length: number): Buffer {
    const bytes = blobs.get(checkBlobName(name));
    if (!bytes) throw blobMissing(name);
    if (offset + length > bytes.length) throw blobCutShort(name, offset + length, bytes.length);
    return Buffer.from(bytes.subarray(offset, offset + length));
  }

  return {
    async put(name, bytes) {
      blobs.set(checkBlobName(name), Buffer.from(bytes));
    },
    async write(name, bytes) {
      const pieces: Uint8Array[] = [];
      for await (const piece of bytes) pieces.push(Buffer.from(piece));
      blobs.set(checkBlobName(name), Buffer.concat(pieces));
    },
    async get(name, offset, length) {
      return get(name, offset, length);
    },
    async *read(name, offset, length) {
      if (length > 0) yield get(name, offset, length);
    },
    async list(prefix = '') {
      const names = [...blobs.keys()].filter((name) => name.startsWith(prefix)).sort();
      return names.map((name) => ({ name, sizeBytes: blobs.get(name)!.length }));
    },
    async delete(name) {
      blobs.delete(checkBlobName(name));
    },
    async size(name) {
      return blobs.get(checkBlobName(name))?.length ?? null;
    },
  };
}
