import { model } from '../../../contract/model.ts';
import { updateVpcPeer } from '../../../records/tables/vpcPeers.ts';
import { ownAction } from '../../action.ts';
import { refuseUnbuilt } from '../../unbuilt.ts';
import {
  asked,
  checkPeerNames,
  exceedsBandwidth,
  illegal,
  isBandwidth,
  needPeer,
  statusOf,
  wrongStatus,
} from '../peer.ts';

/** Both accounts change it once it is Activated, before that whoever asked for it. The bandwidth is noted; nothing is slowed down. */
export const ModifyVpcPeerConnection = ownAction(
  'VpcPeer',
  'ModifyVpcPeerConnection',
  {
    request: model({ ...asked, name: 'string', description: 'string', bandwidth: 'number', linkType: 'string' }),
    response: model({}),
    access: 'write',
    required: ['instanceId'],
  },
  async (request, call) => {
    const peer = await needPeer(call, request.instanceId);
    refuseUnbuilt(call, { LinkType: request.linkType });
    checkPeerNames(call, request);
    const { name = peer.name, description = peer.description, bandwidth = peer.bandwidth } = request;
    if (request.bandwidth !== undefined) {
      if (peer.regionId === peer.acceptingRegionId)
        throw call.error('OperationFailed.BandwidthCannotBeChangedInSameRegion');
      if (!isBandwidth(bandwidth)) throw illegal(call, 'Bandwidth');
      if (exceedsBandwidth(bandwidth)) throw call.error('QuotaExceeded.Bandwidth');
    }
    const status = statusOf(call, peer);
    if (status !== 'Activated' && !(status === 'Accepting' && peer.accountId === call.accountId))
      throw wrongStatus(call, peer);
    await updateVpcPeer(call.db, peer.id, { name, description, bandwidth, modifiedAt: call.clock.now() });
    return {};
  },
);
