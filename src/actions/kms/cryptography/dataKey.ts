import { randomBytes } from 'node:crypto';
import { model } from '../../../contract/model.ts';
import type { Call } from '../../call.ts';
import { invalid } from '../invalid.ts';
import { usableKey } from '../keys/ownKey.ts';
import { encrypt, readContext } from './ciphertext.ts';

export const dataKeyRequest = model({
  regionId: 'string',
  keyId: 'string',
  keySpec: 'string',
  numberOfBytes: 'number',
  encryptionContext: 'string',
});

interface Request {
  regionId?: string;
  keyId: string;
  keySpec?: string;
  numberOfBytes?: number;
  encryptionContext?: string;
}

const SPEC_BYTES = new Map([
  ['AES_256', 32],
  ['AES_128', 16],
]);
const LONGEST_BYTES = 1024;

/** A new random key: its bytes, and them encrypted. */
export async function newDataKey(call: Call, request: Request) {
  const size = request.numberOfBytes ?? SPEC_BYTES.get(request.keySpec ?? 'AES_256');
  if (size === undefined) throw invalid(call, 'KeySpec', 'It is AES_256 or AES_128.');
  if (size < 1 || size > LONGEST_BYTES) throw invalid(call, 'NumberOfBytes', `It is 1 to ${LONGEST_BYTES}.`);
  const context = readContext(call, request.encryptionContext);
  const key = await usableKey(call, request);
  const plain = randomBytes(size);
  return {
    keyId: key.id,
    keyVersionId: key.versionId,
    plaintext: plain.toString('base64'),
    ciphertextBlob: encrypt(call, key, plain, context),
  };
}
