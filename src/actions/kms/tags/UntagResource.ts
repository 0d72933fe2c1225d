import { model } from '../../../contract/model.ts';
import { ownAction } from '../../action.ts';
import { deleteTags } from '../../tags.ts';
import { changeableKey } from '../keys/ownKey.ts';
import { readTagKeysJson } from './tagsJson.ts';

/** One key, tag keys as JSON text; those that it does not bear are passed over. */
export const UntagResource = ownAction(
  'Kms',
  'UntagResource',
  {
    request: model({ regionId: 'string', keyId: 'string', tagKeys: 'string' }),
    response: model({}),
    access: 'write',
    required: ['keyId', 'tagKeys'],
  },
  async (request, call) => {
    const keys = readTagKeysJson(call, request.tagKeys);
    const { id } = await changeableKey(call, request);
    await deleteTags(call.db, 'key', [id], { keys });
    return {};
  },
);
