import { action } from '../../action.ts';
import { saveTags } from '../../tags.ts';
import { taggableIds, taggableType } from './taggable.ts';

export const TagResources = action(
  'Vpc',
  'TagResources',
  { access: 'write', required: ['resourceType', 'resourceId'] },
  async (request, call) => {
    const { regionId } = call.region(request.regionId);
    const ids = await taggableIds(call, request);
    if ((request.tag ?? []).length === 0) throw call.error('MissingParameter.Tags');
    const resourceType = taggableType(call, request.resourceType);
    for (const resourceId of ids) await saveTags(call, { resourceType, resourceId, regionId }, request.tag);
    return {};
  },
);
