import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import type { ContentKey } from '../keys/keys.ts';
import { GCM_NONCE_BYTES, GCM_TAG_BYTES } from './format.ts';

/** Names and encrypts the chunks of one key, as docs/format.md says. */
export interface ChunkCipher {
  nameOf(plain: Uint8Array): Buffer;
  seal(flags: number, name: Uint8Array, payload: Uint8Array): Buffer;
  /** Null: it was not sealed under this key, as this chunk, or is not what was sealed. */
  open(flags: number, name: Uint8Array, sealed: Uint8Array): Buffer | null;
}

const ALGORITHM = 'aes-256-gcm';

/** Null for a null key: plain. */
export function createChunkCipher(key: ContentKey | null): ChunkCipher | null {
  if (!key) return null;
  const namingKey = deriveKey(key, 'tongjing chunk name', 32);
  const chunkKey = deriveKey(key, 'tongjing chunk data', 32);
  const about = (flags: number, name: Uint8Array) => Buffer.concat([Buffer.of(flags), name]);
  return {
    nameOf: (plain) => createHmac('sha256', namingKey).update(plain).digest(),
    seal(flags, name, payload) {
      const nonce = randomBytes(GCM_NONCE_BYTES);
      const cipher = createCipheriv(ALGORITHM, chunkKey, nonce, { authTagLength: GCM_TAG_BYTES });
      cipher.setAAD(about(flags, name));
      const parts = [nonce, cipher.update(payload), cipher.final()];
      return Buffer.concat([...parts, cipher.getAuthTag()]);
    },
    open(flags, name, sealed) {
      if (sealed.length < GCM_NONCE_BYTES + GCM_TAG_BYTES) return null;
      const nonce = sealed.subarray(0, GCM_NONCE_BYTES);
      const cipher = createDecipheriv(ALGORITHM, chunkKey, nonce, { authTagLength: GCM_TAG_BYTES });
      cipher.setAAD(about(flags, name));
      cipher.setAuthTag(sealed.subarray(-GCM_TAG_BYTES));
      const payload = cipher.update(sealed.subarray(GCM_NONCE_BYTES, -GCM_TAG_BYTES));
      try {
        cipher.final();
        return payload;
      } catch {
        return null;
      }
    },
  };
}

/** What a key's secret is used for, one key for each use. */
export function deriveKey({ secret }: ContentKey, info: string, bytes: number): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', info, bytes));
}
