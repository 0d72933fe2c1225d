import { hkdfSync } from 'node:crypto';
import { seal, unseal } from '../../../base/seal.ts';
import type { KmsKeyRow } from '../../../records/tables/kmsKeys.ts';
import type { Call } from '../../call.ts';
import { invalid, readJson } from '../invalid.ts';

/**
 * A CiphertextBlob in base64: one byte for its form, the 36 characters of the key's id, the sealed text. It is sealed under a key derived
 * from the key's material, so that nothing which KMS hands out says anything of what disks are encrypted with.
 */

const FORM = Buffer.of(1);
const ID_LENGTH = 36;

export function encrypt(call: Call, key: KmsKeyRow, plain: Buffer, context: Buffer): string {
  const head = headOf(key.id);
  return Buffer.concat([head, seal(sealingKey(call, key), plain, Buffer.concat([head, context]))]).toString('base64');
}

/** The id of the key that a blob says it was made with; undefined when it is no blob. */
export function keyIdOf(blob: Buffer): string | undefined {
  const id = blob.subarray(FORM.length, FORM.length + ID_LENGTH).toString('latin1');
  return /^[0-9a-f-]{36}$/.test(id) && blob.indexOf(FORM) === 0 ? id : undefined;
}

/** Null when it is not what was encrypted, or the context is another. */
export function decrypt(call: Call, key: KmsKeyRow, blob: Buffer, context: Buffer): Buffer | null {
  const head = headOf(key.id);
  return unseal(sealingKey(call, key), blob.subarray(head.length), Buffer.concat([head, context]));
}

const headOf = (keyId: string): Buffer => Buffer.concat([FORM, Buffer.from(keyId)]);

function sealingKey(call: Call, { id, material }: KmsKeyRow): Buffer {
  return Buffer.from(hkdfSync('sha256', call.wrapping.unwrap(id, material), '', 'tongjing kms ciphertext', 32));
}

/** EncryptionContext: a JSON object of texts, in whatever order. */
export function readContext(call: Call, text: string | undefined): Buffer {
  if (text === undefined) return Buffer.alloc(0);
  const context = readJson(call, 'EncryptionContext', text);
  const entries = typeof context === 'object' && !Array.isArray(context) ? Object.entries(context ?? {}) : null;
  if (!entries?.every(([, value]) => typeof value === 'string')) {
    throw invalid(call, 'EncryptionContext', 'It is a JSON object of texts.');
  }
  return Buffer.from(JSON.stringify(entries.sort(([left], [right]) => (left < right ? -1 : 1))));
}

export function readBase64(call: Call, parameter: string, text: string): Buffer {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.toString('base64') !== text) throw invalid(call, parameter, 'It is not base64.');
  return bytes;
}
