import { action } from '../../action.ts';
import { ownRole } from './ownRole.ts';
import { roleItem } from './roleItem.ts';

export const GetRole = action('Ram', 'GetRole', { access: 'read', required: ['roleName'] }, async (request, call) => ({
  role: roleItem(await ownRole(call, request.roleName)),
}));
