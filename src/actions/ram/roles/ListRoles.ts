import { listRoles } from '../../../records/tables/ramRoles.ts';
import { action } from '../../action.ts';
import { tagFilter, tagsOf } from '../../tags.ts';
import { markerAnswer, markerWindow } from '../marker.ts';
import { EVERYWHERE, ROLE } from '../tags/taggableRole.ts';
import { listedRole } from './roleItem.ts';

export const ListRoles = action('Ram', 'ListRoles', { access: 'read' }, async (request, call) => {
  const window = markerWindow(call, request);
  const tagged = tagFilter(call, { resourceType: ROLE, regionId: EVERYWHERE }, request.tag);
  const rows = await listRoles(call.db, { accountId: call.accountId, tagged }, { ...window, size: window.size + 1 });
  const { shown, counts } = markerAnswer(window, rows);
  const tags = await tagsOf(
    call.db,
    ROLE,
    shown.map(({ id }) => id),
  );
  return { ...counts, roles: { role: shown.map((row) => ({ ...listedRole(row), tags: { tag: tags.get(row.id)! } })) } };
});
