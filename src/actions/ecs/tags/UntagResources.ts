import { quotas } from '../../../rules/quotas.ts';
import { action } from '../../action.ts';
import { deleteTags } from '../../tags.ts';
import { checkResources } from './taggable.ts';
import { readTagCall } from './tagCall.ts';

/** By key, or all; keys that a resource does not bear are passed over. */
export const UntagResources = action('Ecs', 'UntagResources', { access: 'write' }, async (request, call) => {
  const { regionId, resourceType, ids } = readTagCall(call, request);
  const keys = request.tagKey ?? [];
  if (keys.length > quotas.tagsOfResource) throw call.error('NumberExceed.Tags');
  if (keys.length === 0 && !request.all) throw call.error('MissingParameter.Tags');
  await checkResources(call, { resourceType, regionId }, ids);
  const owner = { accountId: call.accountId, regionId };
  await deleteTags(call.db, resourceType, ids, keys.length > 0 ? { owner, keys } : { owner });
  return {};
});
