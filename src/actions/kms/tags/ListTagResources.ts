import { model } from '../../../contract/model.ts';
import { listTags } from '../../../records/tables/tags.ts';
import { nextToken, readNextToken } from '../../../rules/nextToken.ts';
import { ownAction } from '../../action.ts';
import type { Call } from '../../call.ts';
import { tagFilter } from '../../tags.ts';
import { invalid } from '../invalid.ts';
import { readTaggedKeys } from './taggedKeys.ts';

/** Tags of one answer; more follow by NextToken. */
const TAGS_OF_ANSWER = 200;

const TagResource = model({ resourceId: 'string', resourceType: 'string', tagKey: 'string', tagValue: 'string' });

/** Ids that are no keys of the caller's are passed over. */
export const ListTagResources = ownAction(
  'Kms',
  'ListTagResources',
  {
    request: model({
      regionId: 'string',
      resourceType: 'string',
      resourceId: ['string'],
      tag: [model({ key: 'string', value: 'string' })],
      nextToken: 'string',
    }),
    response: model({ nextToken: 'string', tagResources: model({ tagResource: [TagResource] }) }),
    access: 'read',
    required: ['resourceType'],
  },
  async (request, call) => {
    const { regionId, ids } = readTaggedKeys(call, request);
    const tagged = tagFilter(call, { resourceType: 'key', regionId }, request.tag);
    if (ids.length === 0 && !tagged) throw invalid(call, 'ResourceId', 'A resource or a tag is named.');
    const rows = await listTags(
      call.db,
      { accountId: call.accountId, regionId, resourceType: 'key', ids: ids.length > 0 ? ids : undefined, tagged },
      { size: TAGS_OF_ANSWER + 1, after: positionOf(call, request.nextToken) },
    );
    const shown = rows.slice(0, TAGS_OF_ANSWER);
    const last = shown.at(-1);
    return {
      nextToken: rows.length > shown.length && last ? nextToken([last.resourceId, last.key]) : '',
      tagResources: {
        tagResource: shown.map(({ resourceId, resourceType, key, value }) => ({
          resourceId,
          resourceType,
          tagKey: key,
          tagValue: value,
        })),
      },
    };
  },
);

function positionOf(call: Call, token: string | undefined): { resourceId: string; key: string } | null {
  if (token === undefined) return null;
  const position = readNextToken(token, ['', '']);
  if (!position) throw invalid(call, 'NextToken', 'It is none that was given before.');
  return { resourceId: position[0], key: position[1] };
}
