import { attachmentsOf, deleteRole } from '../../../records/tables/ramRoles.ts';
import { action } from '../../action.ts';
import { ownRole } from './ownRole.ts';

/** Instances that have the role keep its name, as the cloud's do. */
export const DeleteRole = action(
  'Ram',
  'DeleteRole',
  { access: 'write', required: ['roleName'] },
  async (request, call) => {
    const row = await ownRole(call, request.roleName);
    if ((await attachmentsOf(call.db, row.id)).length > 0) throw call.error('DeleteConflict.Role.Policy');
    await deleteRole(call.db, row.id);
    return {};
  },
);
