import { model } from '../../../contract/model.ts';
import { ownAction } from '../../action.ts';
import { needPeer, Peer, shownPeers } from '../peer.ts';

export const GetVpcPeerConnectionAttribute = ownAction(
  'VpcPeer',
  'GetVpcPeerConnectionAttribute',
  { request: model({ instanceId: 'string' }), response: Peer, access: 'read', required: ['instanceId'] },
  async ({ instanceId }, call) => {
    const [shown] = await shownPeers(call, [await needPeer(call, instanceId)]);
    return shown!;
  },
);
