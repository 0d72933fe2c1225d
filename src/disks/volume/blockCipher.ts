import { createCipheriv, createDecipheriv } from 'node:crypto';
import { deriveKey } from '../../blocks/chunkCipher.ts';
import type { ContentKey } from '../../keys/keys.ts';
import { BLOCK_BYTES } from './bitmaps.ts';

/** Encrypts the blocks of one volume, each as one data unit of AES-256-XTS. Only whole blocks, from number `block` on. */
export interface BlockCipher {
  /** From `from` into `into`, which may be the same memory. */
  encrypt(from: Buffer, at: number, length: number, block: number, into: Buffer, intoAt: number): void;
  /** In place. */
  decrypt(bytes: Buffer, at: number, length: number, block: number): void;
}

const ALGORITHM = 'aes-256-xts';

export function createBlockCipher(key: ContentKey, volumeId: string): BlockCipher {
  const volumeKey = deriveKey(key, `tongjing volume data ${volumeId}`, 64);
  const tweak = Buffer.alloc(16);

  function setTweak(block: number): void {
    // Block numbers can exceed 2^32.
    tweak.writeUInt32LE(block % 0x1_0000_0000, 0);
    tweak.writeUInt32LE(Math.floor(block / 0x1_0000_0000), 4);
  }

  return {
    encrypt(from, at, length, block, into, intoAt) {
      for (let done = 0; done < length; done += BLOCK_BYTES) {
        setTweak(block + done / BLOCK_BYTES);
        const plain = from.subarray(at + done, at + done + BLOCK_BYTES);
        createCipheriv(ALGORITHM, volumeKey, tweak)
          .update(plain)
          .copy(into, intoAt + done);
      }
    },
    decrypt(bytes, at, length, block) {
      for (let done = 0; done < length; done += BLOCK_BYTES) {
        setTweak(block + done / BLOCK_BYTES);
        const sealed = bytes.subarray(at + done, at + done + BLOCK_BYTES);
        createDecipheriv(ALGORITHM, volumeKey, tweak).update(sealed).copy(sealed);
      }
    },
  };
}

/** Tells whether a key is a volume's, and nothing about the key. */
export function keyCheckOf(key: ContentKey, volumeId: string): string {
  return deriveKey(key, `tongjing volume check ${volumeId}`, 16).toString('hex');
}
