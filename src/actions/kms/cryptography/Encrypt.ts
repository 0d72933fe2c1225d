import { model } from '../../../contract/model.ts';
import { ownAction } from '../../action.ts';
import { invalid } from '../invalid.ts';
import { usableKey } from '../keys/ownKey.ts';
import { encrypt, readBase64, readContext } from './ciphertext.ts';

/** Bytes. */
const LONGEST_PLAINTEXT = 6144;

export const Encrypt = ownAction(
  'Kms',
  'Encrypt',
  {
    request: model({ regionId: 'string', keyId: 'string', plaintext: 'string', encryptionContext: 'string' }),
    response: model({ keyId: 'string', keyVersionId: 'string', ciphertextBlob: 'string' }),
    access: 'read',
    required: ['keyId', 'plaintext'],
  },
  async (request, call) => {
    const plain = readBase64(call, 'Plaintext', request.plaintext);
    if (plain.length > LONGEST_PLAINTEXT)
      throw invalid(call, 'Plaintext', `It has at most ${LONGEST_PLAINTEXT} bytes.`);
    const context = readContext(call, request.encryptionContext);
    const key = await usableKey(call, request);
    return {
      keyId: key.id,
      keyVersionId: key.versionId,
      ciphertextBlob: encrypt(call, key, plain, context),
    };
  },
);
