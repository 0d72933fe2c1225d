import { action } from '../../action.ts';
import { checkedTags, saveTags } from '../../tags.ts';
import { checkResources, checkResourceType } from './taggable.ts';

/** TagResources of older clients, for one resource. */
export const AddTags = action(
  'Ecs',
  'AddTags',
  { access: 'write', required: ['resourceType', 'resourceId'] },
  async (request, call) => {
    const { regionId } = call.region(request.regionId);
    const { resourceId } = request;
    const resourceType = checkResourceType(call, request.resourceType);
    if (checkedTags(call, request.tag).length === 0) throw call.error('InvalidTagCount');
    await checkResources(call, { resourceType, regionId }, [resourceId]);
    await saveTags(call, { resourceType, resourceId, regionId }, request.tag);
    return {};
  },
);
