import { model } from '../../../contract/model.ts';
import { ownAction } from '../../action.ts';
import { dataKeyRequest, newDataKey } from './dataKey.ts';

export const GenerateDataKey = ownAction(
  'Kms',
  'GenerateDataKey',
  {
    request: dataKeyRequest,
    response: model({ keyId: 'string', keyVersionId: 'string', plaintext: 'string', ciphertextBlob: 'string' }),
    access: 'read',
    required: ['keyId'],
  },
  async (request, call) => newDataKey(call, request),
);
