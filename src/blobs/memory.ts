import { blobCutShort, blobMissing, checkBlobName, type Blobs } from './blobs.ts';

/** Blobs that end with the process. */
export function createMemoryBlobs(): Blobs {
  const blobs = new Map<string, Buffer>();
  return {
    async put(name, bytes) {
      blobs.set(checkBlobName(name), Buffer.from(bytes));
    },
    async get(name, offset, length) {
      const bytes = blobs.get(checkBlobName(name));
      if (!bytes) throw blobMissing(name);
      if (offset + length > bytes.length) throw blobCutShort(name, offset + length, bytes.length);
      return Buffer.from(bytes.subarray(offset, offset + length));
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
