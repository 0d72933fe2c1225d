import { action } from '../../action.ts';
import { checkedTags, saveTags } from '../../tags.ts';
import { checkResources } from './taggable.ts';
import { readTagCall } from './tagCall.ts';

export const TagResources = action('Ecs', 'TagResources', { access: 'write' }, async (request, call) => {
  const { regionId, resourceType, ids } = readTagCall(call, request);
  if (checkedTags(call, request.tag).length === 0) throw call.error('MissingParameter.Tags');
  await checkResources(call, { resourceType, regionId }, ids);
  for (const resourceId of ids) await saveTags(call, { resourceType, resourceId, regionId }, request.tag);
  return {};
});
