import { deleteGrant } from '../../../records/tables/cens.ts';
import { action } from '../../action.ts';
import { cenOf } from '../../cbn/cen.ts';
import { grantedVpc } from './granted.ts';

export const RevokeInstanceFromCen = action(
  'Vpc',
  'RevokeInstanceFromCen',
  { access: 'write', required: ['cenId', 'cenOwnerId', 'instanceId', 'instanceType'] },
  async (request, call) => {
    const { id } = await grantedVpc(call, request);
    const { cenId, cenOwnerId } = request;
    if ((await cenOf(call, id)) === cenId)
      throw call.error('OperationConflict', { hint: `It is attached to ${cenId}: detach it first.` });
    if (!(await deleteGrant(call.db, { vpcId: id, cenId, cenOwnerId: String(cenOwnerId) }))) {
      throw call.error('InvalidInstanceId.NotFound', { hint: 'It is not granted to that CEN instance.' });
    }
    return {};
  },
);
