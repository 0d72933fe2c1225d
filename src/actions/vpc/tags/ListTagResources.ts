import { listTags } from '../../../records/tables/tags.ts';
import { nextToken, readNextToken } from '../../../rules/nextToken.ts';
import { action } from '../../action.ts';
import type { Call } from '../../call.ts';
import { tagFilter } from '../../tags.ts';
import { taggableType, wireType } from './taggable.ts';

const MAX_RESULTS = 50;

/** Ids that are no resources are passed over. */
export const ListTagResources = action(
  'Vpc',
  'ListTagResources',
  { access: 'read', required: ['resourceType'] },
  async (request, call) => {
    const { regionId } = call.region(request.regionId);
    const resourceType = taggableType(call, request.resourceType);
    const { resourceId: ids } = request;
    if (ids && ids.length > MAX_RESULTS) throw call.error('NumberExceed.ResourceIds');
    const tagged = tagFilter(call, { resourceType, regionId }, request.tag);
    if (!ids && !tagged) throw call.error('MissingParameter.Tags');
    const size = Math.min(MAX_RESULTS, Math.max(1, request.maxResults ?? MAX_RESULTS));
    const rows = await listTags(
      call.db,
      { accountId: call.accountId, regionId, resourceType, ids, tagged, anyOf: [] },
      { size: size + 1, after: positionOf(call, request.nextToken) },
    );
    const shown = rows.slice(0, size);
    const last = shown.at(-1);
    return {
      tagResources: {
        tagResource: shown.map(({ resourceId, key, value }) => ({
          resourceId,
          resourceType: wireType(resourceType),
          tagKey: key,
          tagValue: value,
        })),
      },
      nextToken: last && rows.length > size ? nextToken([last.resourceId, last.key]) : '',
    };
  },
);

function positionOf(call: Call, token: string | undefined): { resourceId: string; key: string } | null {
  if (token === undefined) return null;
  const position = readNextToken(token, ['', '']);
  if (!position) throw call.error('InvalidParameter', { hint: 'NextToken is none that was given before.' });
  return { resourceId: position[0], key: position[1] };
}
