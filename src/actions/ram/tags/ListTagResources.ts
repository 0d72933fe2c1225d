import { findRolesByName, rolesById } from '../../../records/tables/ramRoles.ts';
import { listTags } from '../../../records/tables/tags.ts';
import { nextToken, readNextToken } from '../../../rules/nextToken.ts';
import { action } from '../../action.ts';
import type { Call } from '../../call.ts';
import { tagFilter } from '../../tags.ts';
import { checkTaggedType, EVERYWHERE, ROLE } from './taggableRole.ts';

const MOST_RESULTS = 100;

/** Names that are no roles are passed over. */
export const ListTagResources = action(
  'Ram',
  'ListTagResources',
  { access: 'read', required: ['resourceType'] },
  async (request, call) => {
    checkTaggedType(call, request.resourceType);
    const { accountId } = call;
    const of = { resourceType: ROLE, regionId: EVERYWHERE };
    const named = request.resourceNames && (await findRolesByName(call.db, accountId, request.resourceNames));
    const size = Math.min(MOST_RESULTS, Math.max(1, request.pageSize ?? MOST_RESULTS));
    const rows = await listTags(
      call.db,
      { ...of, accountId, ids: named?.map(({ id }) => id), tagged: tagFilter(call, of, request.tag), anyOf: [] },
      { size: size + 1, after: positionOf(call, request.nextToken) },
    );
    const shown = rows.slice(0, size);
    const last = shown.at(-1);
    const roles = await rolesById(
      call.db,
      shown.map(({ resourceId }) => resourceId),
    );
    return {
      tagResources: shown.map(({ resourceId, key, value }) => ({
        resourceName: roles.get(resourceId)!.name,
        resourceType: ROLE,
        tagKey: key,
        tagValue: value,
      })),
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
