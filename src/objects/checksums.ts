import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { createCRC32, createCRC64 } from 'hash-wasm';
import { objectFault } from './faults.ts';

/** A running checksum as S3 carries it: base64 of the big-endian bytes. */
interface Checksum {
  update(bytes: Uint8Array): void;
  digest(): string;
}

/** By the end of `x-amz-checksum-…`. Source: S3 API reference, "Checking object integrity". */
const ALGORITHMS: Readonly<Record<string, () => Promise<Checksum> | Checksum>> = {
  crc32: () => {
    let sum = 0;
    return {
      update: (bytes) => void (sum = crc32(bytes, sum)),
      digest: () => {
        const out = Buffer.alloc(4);
        out.writeUInt32BE(sum);
        return out.toString('base64');
      },
    };
  },
  crc32c: async () => fromHex(await createCRC32(0x82f63b78)),
  crc64nvme: async () => fromHex(await createCRC64('9a6c9329ac4bc9b5')),
  sha1: () => hashed('sha1'),
  sha256: () => hashed('sha256'),
};

const PREFIX = 'x-amz-checksum-';

function fromHex(hash: { update(bytes: Uint8Array): unknown; digest(as: 'hex'): string }): Checksum {
  return {
    update: (bytes) => void hash.update(bytes),
    digest: () => Buffer.from(hash.digest('hex'), 'hex').toString('base64'),
  };
}

function hashed(algorithm: string): Checksum {
  const hash = createHash(algorithm);
  return { update: (bytes) => void hash.update(bytes), digest: () => hash.digest('base64') };
}

/** The algorithms that a request names, in a header or as its trailer: `x-amz-checksum-crc32` → its running checksum. */
export async function checksumsOf(names: readonly string[]): Promise<Map<string, Checksum>> {
  const checksums = new Map<string, Checksum>();
  for (const name of names) {
    const create = name.startsWith(PREFIX) ? ALGORITHMS[name.slice(PREFIX.length)] : undefined;
    if (create) checksums.set(name, await create());
  }
  return checksums;
}

export function checkSums(checksums: ReadonlyMap<string, Checksum>, given: (name: string) => string | undefined): void {
  for (const [name, checksum] of checksums) {
    if (given(name) !== checksum.digest()) throw objectFault('BadDigest', `${name} differs from what was received.`);
  }
}
