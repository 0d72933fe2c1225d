import { WorldFault } from '../base/worldFault.ts';

/**
 * Named, immutable byte strings: where segments live. Names are one path component of [0-9A-Za-z._-], not beginning with a dot.
 * All that fails throws a WorldFault.
 */
export interface Blobs {
  /** Whole or not at all; durable when it returns. An existing one is replaced. */
  put(name: string, bytes: Uint8Array): Promise<void>;
  /** As `put`, from a stream, which may fail: then nothing is there. A piece may change once the next one is asked for. */
  write(name: string, bytes: AsyncIterable<Uint8Array>): Promise<void>;
  /** Exactly `length` bytes. Throws `BlobMissing` or `BlobCutShort`. */
  get(name: string, offset: number, length: number): Promise<Buffer>;
  /** As `get`, piece by piece, each the caller's own. What is deleted meanwhile is read to its end. */
  read(name: string, offset: number, length: number): AsyncIterable<Buffer>;
  /** In the order of their names. */
  list(prefix?: string): Promise<{ name: string; sizeBytes: number }[]>;
  /** One that is not there is ignored. */
  delete(name: string): Promise<void>;
  /** Null: not there. */
  size(name: string): Promise<number | null>;
}

/** Blobs that are files, which blocking readers open by themselves. */
export interface LocalBlobs extends Blobs {
  path(name: string): string;
}

const NAME = /^[0-9A-Za-z_-][0-9A-Za-z._-]{0,199}$/;

export function checkBlobName(name: string): string {
  if (!NAME.test(name)) throw new WorldFault('BlobNameInvalid', `Not a blob's name: ${JSON.stringify(name)}`);
  return name;
}

export const blobMissing = (name: string) => new WorldFault('BlobMissing', `There is no blob ${name}`);

export const blobCutShort = (name: string, needed: number, present: number) =>
  new WorldFault('BlobCutShort', `Blob ${name} has ${present} bytes where ${needed} were expected`);
