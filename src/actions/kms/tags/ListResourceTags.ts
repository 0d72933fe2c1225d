import { model } from '../../../contract/model.ts';
import { ownAction } from '../../action.ts';
import { tagsOf } from '../../tags.ts';
import { ownKey } from '../keys/ownKey.ts';

export const ListResourceTags = ownAction(
  'Kms',
  'ListResourceTags',
  {
    request: model({ regionId: 'string', keyId: 'string' }),
    response: model({ tags: model({ tag: [model({ keyId: 'string', tagKey: 'string', tagValue: 'string' })] }) }),
    access: 'read',
    required: ['keyId'],
  },
  async (request, call) => {
    const { id: keyId } = await ownKey(call, request);
    const tags = (await tagsOf(call.db, 'key', [keyId])).get(keyId)!;
    return { tags: { tag: tags.map((tag) => ({ keyId, ...tag })) } };
  },
);
