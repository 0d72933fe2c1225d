import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { createCRC32 } from 'hash-wasm';
import { CRC64_ECMA_HEX } from '../crc64.ts';
import { createRunningCrc64 } from './runningCrc64.ts';

/** A hash under way. */
export interface RunningHash {
  update(bytes: Uint8Array): void;
  /** Of a CRC: big-endian. */
  digest(): Buffer;
}

const ALGORITHMS = {
  md5: () => hashed('md5'),
  crc64ecma: () => createRunningCrc64(CRC64_ECMA_HEX),
  crc32: () => {
    let sum = 0;
    return {
      update: (bytes: Uint8Array) => void (sum = crc32(bytes, sum)),
      digest: () => {
        const out = Buffer.alloc(4);
        out.writeUInt32BE(sum);
        return out;
      },
    };
  },
  crc32c: async () => fromHex(await createCRC32(0x82f63b78)),
  crc64nvme: () => createRunningCrc64('9a6c9329ac4bc9b5'),
  sha1: () => hashed('sha1'),
  sha256: () => hashed('sha256'),
} satisfies Record<string, () => RunningHash | Promise<RunningHash>>;

export type Algorithm = keyof typeof ALGORITHMS;

export const isAlgorithm = (name: string): name is Algorithm => Object.hasOwn(ALGORITHMS, name);

export async function createRunningHash(algorithm: Algorithm): Promise<RunningHash> {
  return ALGORITHMS[algorithm]();
}

function fromHex(hash: { update(bytes: Uint8Array): unknown; digest(as: 'hex'): string }): RunningHash {
  return {
    update: (bytes) => void hash.update(bytes),
    digest: () => Buffer.from(hash.digest('hex'), 'hex'),
  };
}

function hashed(algorithm: string): RunningHash {
  const hash = createHash(algorithm);
  return { update: (bytes) => void hash.update(bytes), digest: () => hash.digest() };
}
