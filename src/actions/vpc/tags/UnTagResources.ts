import { quotas } from '../../../rules/quotas.ts';
import { action } from '../../action.ts';
import { deleteTags } from '../../tags.ts';
import { taggableIds, taggableType } from './taggable.ts';

/** The named keys, or `All` when none are named. */
export const UnTagResources = action(
  'Vpc',
  'UnTagResources',
  { access: 'write', required: ['resourceType', 'resourceId'] },
  async (request, call) => {
    const ids = await taggableIds(call, request);
    const keys = request.tagKey ?? [];
    if (keys.length > quotas.tagsOfResource) throw call.error('NumberExceed.Tags');
    if (keys.length === 0 && request.all !== true) throw call.error('MissingParameter.Tags');
    await deleteTags(call.db, taggableType(call, request.resourceType), ids, keys.length > 0 ? { keys } : {});
    return {};
  },
);
