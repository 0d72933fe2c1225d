import { model } from '../../../contract/model.ts';
import { ownAction } from '../../action.ts';
import { checkedTags, saveTags } from '../../tags.ts';
import { invalid } from '../invalid.ts';
import { changeableKeys } from './taggedKeys.ts';

export const TagResources = ownAction(
  'Kms',
  'TagResources',
  {
    request: model({
      regionId: 'string',
      resourceType: 'string',
      resourceId: ['string'],
      tag: [model({ key: 'string', value: 'string' })],
    }),
    response: model({}),
    access: 'write',
    required: ['resourceType'],
  },
  async (request, call) => {
    if (checkedTags(call, request.tag).length === 0) throw invalid(call, 'Tag', 'At least one is named.');
    const { regionId, ids } = await changeableKeys(call, request);
    for (const resourceId of ids) await saveTags(call, { resourceType: 'key', resourceId, regionId }, request.tag);
    return {};
  },
);
