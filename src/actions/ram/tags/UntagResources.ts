import { action } from '../../action.ts';
import { deleteTags } from '../../tags.ts';
import { ROLE, taggableRoles } from './taggableRole.ts';

/** The named keys, or `All` when none are named. */
export const UntagResources = action(
  'Ram',
  'UntagResources',
  { access: 'write', required: ['resourceType', 'resourceNames'] },
  async (request, call) => {
    const roles = await taggableRoles(call, request);
    const keys = request.tagKeys ?? [];
    if (keys.length === 0 && request.all !== true)
      throw call.error('InvalidParameter', { hint: 'TagKeys or All is needed.' });
    const ids = roles.map(({ id }) => id);
    await deleteTags(call.db, ROLE, ids, keys.length > 0 ? { keys } : {});
    return {};
  },
);
