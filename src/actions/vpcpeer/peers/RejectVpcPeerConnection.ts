import { model } from '../../../contract/model.ts';
import { updateVpcPeer } from '../../../records/tables/vpcPeers.ts';
import { ownAction } from '../../action.ts';
import { asked, needRequest } from '../peer.ts';

/** It stays, Rejected, until one of the two deletes it. */
export const RejectVpcPeerConnection = ownAction(
  'VpcPeer',
  'RejectVpcPeerConnection',
  { request: model(asked), response: model({}), access: 'write', required: ['instanceId'] },
  async ({ instanceId }, call) => {
    const { id } = await needRequest(call, instanceId);
    await updateVpcPeer(call.db, id, { status: 'Rejected', modifiedAt: call.clock.now() });
    return {};
  },
);
