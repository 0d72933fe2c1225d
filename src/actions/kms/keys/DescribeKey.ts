import { model } from '../../../contract/model.ts';
import { ownAction } from '../../action.ts';
import { KeyMetadata, keyMetadata } from './keyMetadata.ts';
import { ownKey } from './ownKey.ts';

export const DescribeKey = ownAction(
  'Kms',
  'DescribeKey',
  {
    request: model({ regionId: 'string', keyId: 'string' }),
    response: model({ keyMetadata: KeyMetadata }),
    access: 'read',
    required: ['keyId'],
  },
  async (request, call) => ({ keyMetadata: keyMetadata(await ownKey(call, request)) }),
);
