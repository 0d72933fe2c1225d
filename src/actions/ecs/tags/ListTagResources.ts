import { listTags } from '../../../records/tables/tags.ts';
import { nextToken, readNextToken } from '../../../rules/nextToken.ts';
import { action } from '../../action.ts';
import type { Call } from '../../call.ts';
import { tagFilter } from '../../tags.ts';
import { readTagPlace } from './tagCall.ts';

/** Tags of one answer; more follow by NextToken. */
const TAGS_OF_ANSWER = 1000;

/** All tags of the resources that are named, or that bear the tags asked for. Ids that are no resources are passed over. */
export const ListTagResources = action('Ecs', 'ListTagResources', { access: 'read' }, async (request, call) => {
  const { regionId, resourceType } = readTagPlace(call, request);
  const tagged = tagFilter(call, { resourceType, regionId }, request.tag);
  const anyOf = (request.tagFilter ?? []).map(({ tagKey, tagValues = [] }) => {
    if (!tagKey) throw call.error('InvalidTagKey.Malformed');
    return { key: tagKey, values: tagValues };
  });
  if (request.resourceId === undefined && !tagged && anyOf.length === 0) throw call.error('MissingParameter.Tags');
  const rows = await listTags(
    call.db,
    { accountId: call.accountId, regionId, resourceType, ids: request.resourceId, tagged, anyOf },
    { size: TAGS_OF_ANSWER + 1, after: positionOf(call, request.nextToken) },
  );
  const shown = rows.slice(0, TAGS_OF_ANSWER);
  const last = shown.at(-1);
  return {
    nextToken: rows.length > shown.length && last ? nextToken([last.resourceId, last.key]) : '',
    tagResources: {
      tagResource: shown.map(({ resourceId, key, value }) => ({
        resourceId,
        resourceType,
        tagKey: key,
        tagValue: value,
      })),
    },
  };
});

function positionOf(call: Call, token: string | undefined): { resourceId: string; key: string } | null {
  if (token === undefined) return null;
  const position = readNextToken(token, ['', '']);
  if (!position) throw call.error('InvalidParameter', { hint: 'NextToken is none that was given before.' });
  return { resourceId: position[0], key: position[1] };
}
