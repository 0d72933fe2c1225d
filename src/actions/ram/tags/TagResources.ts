import { action } from '../../action.ts';
import { saveTags } from '../../tags.ts';
import { taggableRoles, taggedRole } from './taggableRole.ts';

export const TagResources = action(
  'Ram',
  'TagResources',
  { access: 'write', required: ['resourceType', 'resourceNames', 'tag'] },
  async (request, call) => {
    for (const { id } of await taggableRoles(call, request)) await saveTags(call, taggedRole(id), request.tag);
    return {};
  },
);
