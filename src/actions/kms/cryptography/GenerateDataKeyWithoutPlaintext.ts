import { model } from '../../../contract/model.ts';
import { ownAction } from '../../action.ts';
import { dataKeyRequest, newDataKey } from './dataKey.ts';

export const GenerateDataKeyWithoutPlaintext = ownAction(
  'Kms',
  'GenerateDataKeyWithoutPlaintext',
  {
    request: dataKeyRequest,
    response: model({ keyId: 'string', keyVersionId: 'string', ciphertextBlob: 'string' }),
    access: 'read',
    required: ['keyId'],
  },
  async (request, call) => {
    const { keyId, keyVersionId, ciphertextBlob } = await newDataKey(call, request);
    return { keyId, keyVersionId, ciphertextBlob };
  },
);
