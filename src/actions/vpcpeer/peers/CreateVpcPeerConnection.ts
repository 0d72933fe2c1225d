import { model } from '../../../contract/model.ts';
import { findVpc } from '../../../records/tables/networks.ts';
import { countVpcPeers, insertVpcPeer, vpcPeersOf } from '../../../records/tables/vpcPeers.ts';
import { isResourceGroupId } from '../../../rules/names.ts';
import { ownAction } from '../../action.ts';
import type { Call } from '../../call.ts';
import { refuseUnbuilt } from '../../unbuilt.ts';
import { bandwidthOf, checkPeerNames, illegal, statusOf } from '../peer.ts';

/**
 * Within an account it is Activated from the first look on; another account's is Accepting, and whether there is such a VPC, or account, is not
 * said. Nothing passes before both VPCs have routes (`CreateRouteEntry` of Vpc).
 */
export const CreateVpcPeerConnection = ownAction(
  'VpcPeer',
  'CreateVpcPeerConnection',
  {
    request: model({
      regionId: 'string',
      vpcId: 'string',
      acceptingAliUid: 'number',
      acceptingRegionId: 'string',
      acceptingVpcId: 'string',
      name: 'string',
      description: 'string',
      bandwidth: 'number',
      linkType: 'string',
      resourceGroupId: 'string',
      tag: [model({ key: 'string', value: 'string' })],
      dryRun: 'boolean',
      clientToken: 'string',
    }),
    response: model({ instanceId: 'string' }),
    access: 'write',
    required: ['regionId', 'vpcId', 'acceptingAliUid', 'acceptingRegionId', 'acceptingVpcId'],
  },
  async (request, call) => {
    refuseUnbuilt(call, { LinkType: request.linkType, Tag: request.tag });
    checkPeerNames(call, request);
    const { regionId } = call.region(request.regionId);
    const { regionId: acceptingRegionId } = call.region(request.acceptingRegionId);
    const isAcrossRegions = regionId !== acceptingRegionId;
    const bandwidth = bandwidthOf(call, request.bandwidth, isAcrossRegions);
    const { vpcId, acceptingVpcId, resourceGroupId = '' } = request;
    if (resourceGroupId !== '' && !isResourceGroupId(resourceGroupId))
      throw call.error('OperationFailed.NotExist.ResourceGroup');
    if (acceptingVpcId === vpcId) throw illegal(call, 'AcceptingVpcId', 'It is VpcId.');
    const acceptingAccountId = String(request.acceptingAliUid);
    const isOwn = acceptingAccountId === call.accountId;
    if (!(await isThere(call, regionId, vpcId))) throw noVpc(call, 'IncorrectStatus.Vpc', vpcId);
    if (isOwn && !(await isThere(call, acceptingRegionId, acceptingVpcId)))
      throw noVpc(call, 'IncorrectStatus.AcceptingVpc', acceptingVpcId);
    await checkOthersOf(call, { vpcId, acceptingVpcId, isAcrossRegions });
    const most = await call.quota('vpcPeers');
    const count = await countVpcPeers(call.db, { accountId: call.accountId, regionId });
    if (count >= most) throw exceeds(call, 'QuotaExceeded.VpcPeerCountPerUserPerRegion', 'vpcPeers', count, most);
    const id = call.ids.resource('pcc', '');
    const now = call.clock.now();
    await insertVpcPeer(call.db, {
      id,
      accountId: call.accountId,
      regionId,
      vpcId,
      resourceGroupId,
      acceptingAccountId,
      acceptingRegionId,
      acceptingVpcId,
      acceptingResourceGroupId: '',
      name: request.name ?? '',
      description: request.description ?? '',
      bandwidth,
      status: isOwn ? 'Activated' : 'Accepting',
      createdAt: now,
      modifiedAt: now,
    });
    return { instanceId: id };
  },
);

const isThere = async (call: Call, regionId: string, vpcId: string): Promise<boolean> =>
  (await findVpc(call.db, call.accountId, vpcId))?.regionId === regionId;

const noVpc = (call: Call, code: string, vpcId: string) =>
  call.error(code, { values: ['VPC', vpcId], hint: 'There is no such VPC in the region.' });

const exceeds = (call: Call, code: string, quota: string, count: number, most: number) =>
  call.error(code, { values: [quota, String(count), String(most)] });

/** Two VPCs have one connection at a time, a VPC so many. What others ask for takes no room until it is accepted. */
async function checkOthersOf(
  call: Call,
  wanted: { vpcId: string; acceptingVpcId: string; isAcrossRegions: boolean },
): Promise<void> {
  const peers = await vpcPeersOf(call.db, call.accountId, wanted.vpcId);
  const isSame = peers.some(
    (peer) =>
      ['Accepting', 'Activated'].includes(statusOf(call, peer)) &&
      [peer.vpcId, peer.acceptingVpcId].includes(wanted.acceptingVpcId),
  );
  if (isSame) throw call.error('ResourceAlreadyExist.VpcPeer', { values: ['VpcPeer'] });
  const [quota, code] = wanted.isAcrossRegions
    ? (['crossRegionVpcPeersOfVpc', 'QuotaExceeded.CrossRegionVpcPeerCountPerVpc'] as const)
    : (['vpcPeersOfVpc', 'QuotaExceeded.IntraRegionVpcPeerCountPerVpc'] as const);
  const most = await call.quota(quota);
  const count = peers.filter(
    (peer) =>
      (peer.regionId !== peer.acceptingRegionId) === wanted.isAcrossRegions &&
      (peer.accountId === call.accountId || peer.status === 'Activated'),
  ).length;
  if (count >= most) throw exceeds(call, code, quota, count, most);
}
