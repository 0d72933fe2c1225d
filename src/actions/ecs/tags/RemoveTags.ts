import { quotas } from '../../../rules/quotas.ts';
import { action } from '../../action.ts';
import { deleteTags, tagsOf } from '../../tags.ts';
import { checkResources, checkResourceType } from './taggable.ts';

/** UntagResources of older clients, for one resource: a tag that is named with a value goes only if it has that value. */
export const RemoveTags = action(
  'Ecs',
  'RemoveTags',
  { access: 'write', required: ['resourceType', 'resourceId'] },
  async (request, call) => {
    const { regionId } = call.region(request.regionId);
    const { resourceId, tag = [] } = request;
    const resourceType = checkResourceType(call, request.resourceType);
    if (tag.length > quotas.tagsOfResource) throw call.error('InvalidTagCount');
    if (tag.some(({ key }) => !key)) throw call.error('InvalidTagKey.Malformed');
    await checkResources(call, { resourceType, regionId }, [resourceId]);
    const owner = { accountId: call.accountId, regionId };
    const present = (await tagsOf(call.db, resourceType, [resourceId], owner)).get(resourceId) ?? [];
    const isNamed = (shown: { tagKey: string; tagValue: string }) =>
      tag.some(({ key, value }) => key === shown.tagKey && (value === undefined || value === shown.tagValue));
    const keys = present.filter((shown) => tag.length === 0 || isNamed(shown)).map(({ tagKey }) => tagKey);
    if (keys.length > 0) await deleteTags(call.db, resourceType, [resourceId], { owner, keys });
    return {};
  },
);
