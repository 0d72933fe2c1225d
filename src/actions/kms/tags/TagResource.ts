import { model } from '../../../contract/model.ts';
import { ownAction } from '../../action.ts';
import { saveTags } from '../../tags.ts';
import { changeableKey } from '../keys/ownKey.ts';
import { readTagsJson } from './tagsJson.ts';

/** One key, tags as JSON text; `TagResources` is its successor. */
export const TagResource = ownAction(
  'Kms',
  'TagResource',
  {
    request: model({ regionId: 'string', keyId: 'string', tags: 'string' }),
    response: model({}),
    access: 'write',
    required: ['keyId', 'tags'],
  },
  async (request, call) => {
    const tags = readTagsJson(call, request.tags);
    const { id, regionId } = await changeableKey(call, request);
    await saveTags(call, { resourceType: 'key', resourceId: id, regionId }, tags);
    return {};
  },
);
