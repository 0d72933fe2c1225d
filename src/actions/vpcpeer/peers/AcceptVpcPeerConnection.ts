import { model } from '../../../contract/model.ts';
import { updateVpcPeer } from '../../../records/tables/vpcPeers.ts';
import { isResourceGroupId } from '../../../rules/names.ts';
import { ownAction } from '../../action.ts';
import { asked, needRequest } from '../peer.ts';

/** Activated from the first look on. */
export const AcceptVpcPeerConnection = ownAction(
  'VpcPeer',
  'AcceptVpcPeerConnection',
  {
    request: model({ ...asked, resourceGroupId: 'string' }),
    response: model({}),
    access: 'write',
    required: ['instanceId'],
  },
  async ({ instanceId, resourceGroupId = '' }, call) => {
    const { id } = await needRequest(call, instanceId);
    if (resourceGroupId !== '' && !isResourceGroupId(resourceGroupId))
      throw call.error('OperationFailed.NotExist.ResourceGroup');
    await updateVpcPeer(call.db, id, {
      status: 'Activated',
      acceptingResourceGroupId: resourceGroupId,
      modifiedAt: call.clock.now(),
    });
    return {};
  },
);
