import { model } from '../../../contract/model.ts';
import { ownAction } from '../../action.ts';
import { deleteTags } from '../../tags.ts';
import { invalid } from '../invalid.ts';
import { changeableKeys } from './taggedKeys.ts';

/** By key, or all; keys that a resource does not bear are passed over. */
export const UntagResources = ownAction(
  'Kms',
  'UntagResources',
  {
    request: model({
      regionId: 'string',
      resourceType: 'string',
      resourceId: ['string'],
      tagKey: ['string'],
      all: 'boolean',
    }),
    response: model({}),
    access: 'write',
    required: ['resourceType'],
  },
  async (request, call) => {
    const keys = request.tagKey ?? [];
    if (keys.length === 0 && !request.all) throw invalid(call, 'TagKey', 'At least one is named, or All is true.');
    const { ids } = await changeableKeys(call, request);
    await deleteTags(call.db, 'key', ids, keys.length > 0 ? { keys } : {});
    return {};
  },
);
