import { model } from '../../../contract/model.ts';
import { attachedTo, deleteCen } from '../../../records/tables/cens.ts';
import { ownAction } from '../../action.ts';
import { needCen } from '../cen.ts';

export const DeleteCen = ownAction(
  'Cbn',
  'DeleteCen',
  { request: model({ cenId: 'string' }), response: model({}), access: 'write', required: ['cenId'] },
  async ({ cenId }, call) => {
    await needCen(call, cenId);
    const [attached] = await attachedTo(call.db, cenId);
    if (attached) throw call.error('InvalidOperation.CenInstanceStatus', { hint: `${attached.id} is attached to it.` });
    await deleteCen(call.db, cenId);
    return {};
  },
);
