import { model } from '../../../contract/model.ts';
import { ownAction } from '../../action.ts';
import { checkDescription } from './description.ts';
import { changeKey } from './ownKey.ts';

export const UpdateKeyDescription = ownAction(
  'Kms',
  'UpdateKeyDescription',
  {
    request: model({ regionId: 'string', keyId: 'string', description: 'string' }),
    response: model({}),
    access: 'write',
    required: ['keyId'],
  },
  async (request, call) => {
    const description = checkDescription(call, 'Description', request.description);
    await changeKey(call, request, 'modify', { description });
    return {};
  },
);
