import { updateRole } from '../../../records/tables/ramRoles.ts';
import { action } from '../../action.ts';
import { ownRole } from './ownRole.ts';
import { roleItem } from './roleItem.ts';
import { checkRoleWords } from './roleWords.ts';

export const UpdateRole = action(
  'Ram',
  'UpdateRole',
  { access: 'write', required: ['roleName'] },
  async (request, call) => {
    const words = {
      description: request.newDescription,
      maxSessionDuration: request.newMaxSessionDuration,
      assumeRolePolicyDocument: request.newAssumeRolePolicyDocument,
    };
    const row = await ownRole(call, request.roleName);
    checkRoleWords(call, words);
    const changed = {
      description: words.description ?? row.description,
      longestSessionSeconds: words.maxSessionDuration ?? row.longestSessionSeconds,
      trustPolicy: words.assumeRolePolicyDocument ?? row.trustPolicy,
      updatedAt: call.clock.now(),
    };
    await updateRole(call.db, row.id, changed);
    return { role: roleItem({ ...row, ...changed }) };
  },
);
