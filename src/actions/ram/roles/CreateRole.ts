import { countRoles, findRole, insertRole } from '../../../records/tables/ramRoles.ts';
import { SHORTEST_SESSION_S } from '../../../rules/ramPolicies.ts';
import { action } from '../../action.ts';
import { saveTags } from '../../tags.ts';
import { taggedRole } from '../tags/taggableRole.ts';
import { checkRoleName } from './ownRole.ts';
import { roleItem } from './roleItem.ts';
import { checkRoleWords } from './roleWords.ts';

/** What a role's policies say is kept and shown; nothing but the image roles of ECS looks at it. */
export const CreateRole = action(
  'Ram',
  'CreateRole',
  { access: 'write', required: ['roleName', 'assumeRolePolicyDocument'] },
  async (request, call) => {
    const { roleName: name, assumeRolePolicyDocument: trustPolicy } = request;
    checkRoleName(call, name);
    checkRoleWords(call, request);
    if (await findRole(call.db, call.accountId, name)) throw call.error('EntityAlreadyExists.Role');
    if ((await countRoles(call.db, call.accountId)) >= (await call.quota('ramRoles')))
      throw call.error('LimitExceeded.Role');
    const now = call.clock.now();
    const row = {
      id: `30${call.ids.account()}`,
      accountId: call.accountId,
      name,
      description: request.description ?? '',
      trustPolicy,
      longestSessionSeconds: request.maxSessionDuration ?? SHORTEST_SESSION_S,
      createdAt: now,
      updatedAt: now,
    };
    await insertRole(call.db, row);
    await saveTags(call, taggedRole(row.id), request.tag);
    return { role: roleItem(row) };
  },
);
