import { model } from '../../../contract/model.ts';
import { ownAction } from '../../action.ts';
import { invalid } from '../invalid.ts';
import { usableKey } from '../keys/ownKey.ts';
import { decrypt, keyIdOf, readBase64, readContext } from './ciphertext.ts';

export const Decrypt = ownAction(
  'Kms',
  'Decrypt',
  {
    request: model({ regionId: 'string', ciphertextBlob: 'string', encryptionContext: 'string' }),
    response: model({ keyId: 'string', keyVersionId: 'string', plaintext: 'string' }),
    access: 'read',
    required: ['ciphertextBlob'],
  },
  async (request, call) => {
    const blob = readBase64(call, 'CiphertextBlob', request.ciphertextBlob);
    const context = readContext(call, request.encryptionContext);
    const keyId = keyIdOf(blob);
    if (keyId === undefined) throw invalid(call, 'CiphertextBlob', 'No key of KMS made it.');
    const key = await usableKey(call, { ...request, keyId });
    const plain = decrypt(call, key, blob, context);
    if (!plain) throw invalid(call, 'CiphertextBlob', 'It was changed, or its EncryptionContext was another.');
    return { keyId: key.id, keyVersionId: key.versionId, plaintext: plain.toString('base64') };
  },
);
