import { model } from '../../../contract/model.ts';
import { ownAction } from '../../action.ts';
import { changeKey } from './ownKey.ts';

export const EnableKey = ownAction(
  'Kms',
  'EnableKey',
  {
    request: model({ regionId: 'string', keyId: 'string' }),
    response: model({}),
    access: 'write',
    required: ['keyId'],
  },
  async (request, call) => {
    await changeKey(call, request, 'enable', { state: 'Enabled' });
    return {};
  },
);
