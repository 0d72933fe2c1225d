import { model } from '../../../contract/model.ts';
import { ownAction } from '../../action.ts';
import { changeKey } from './ownKey.ts';

export const CancelKeyDeletion = ownAction(
  'Kms',
  'CancelKeyDeletion',
  {
    request: model({ regionId: 'string', keyId: 'string' }),
    response: model({}),
    access: 'write',
    required: ['keyId'],
  },
  async (request, call) => {
    await changeKey(call, request, 'cancelDeletion', { state: 'Enabled', deletesAt: null });
    return {};
  },
);
