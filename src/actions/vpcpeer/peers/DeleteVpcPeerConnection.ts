import { model } from '../../../contract/model.ts';
import { deleteRouteEntriesOver, routeEntriesOver } from '../../../records/tables/routeEntries.ts';
import { deleteVpcPeer } from '../../../records/tables/vpcPeers.ts';
import { ownAction } from '../../action.ts';
import { asked, needPeer } from '../peer.ts';

/** Either account deletes it, at any time. `Force` takes the routes over it away, those of both VPCs. */
export const DeleteVpcPeerConnection = ownAction(
  'VpcPeer',
  'DeleteVpcPeerConnection',
  {
    request: model({ ...asked, force: 'boolean' }),
    response: model({}),
    access: 'write',
    required: ['instanceId'],
    appliesNetwork: true,
  },
  async ({ instanceId, force = false }, call) => {
    const { id } = await needPeer(call, instanceId);
    if (!force && (await routeEntriesOver(call.db, id)).length > 0) throw call.error('OperationDenied.RouteEntryExist');
    await deleteRouteEntriesOver(call.db, id);
    await deleteVpcPeer(call.db, id);
    return {};
  },
);
