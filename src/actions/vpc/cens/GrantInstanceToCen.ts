import { saveGrant } from '../../../records/tables/cens.ts';
import { action } from '../../action.ts';
import { grantedVpc } from './granted.ts';

/** Nothing is said of whether there is such a CEN instance: it is somebody else's. */
export const GrantInstanceToCen = action(
  'Vpc',
  'GrantInstanceToCen',
  { access: 'write', required: ['cenId', 'cenOwnerId', 'instanceId', 'instanceType'] },
  async (request, call) => {
    const { id } = await grantedVpc(call, request);
    const { cenId, cenOwnerId } = request;
    await saveGrant(call.db, { vpcId: id, cenId, cenOwnerId: String(cenOwnerId), createdAt: call.clock.now() });
    return {};
  },
);
