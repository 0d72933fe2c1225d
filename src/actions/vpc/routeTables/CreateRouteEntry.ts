import { vpcsByIds } from '../../../records/tables/networks.ts';
import { insertRouteEntry } from '../../../records/tables/routeEntries.ts';
import { findVpcPeer } from '../../../records/tables/vpcPeers.ts';
import { containsCidr, formatCidr, parseCidr, type Cidr } from '../../../rules/cidr.ts';
import { isEntryDescription, isEntryName } from '../../../rules/networks.ts';
import { action } from '../../action.ts';
import type { Call } from '../../call.ts';
import { refuseUnbuilt } from '../../unbuilt.ts';
import { destination, entriesOf, entryTo, needVpcOf } from './routeEntries.ts';

/** Over a peering connection, to the other VPC or a part of it. From here on guests' packets take it; answers take a route of the other VPC. */
export const CreateRouteEntry = action(
  'Vpc',
  'CreateRouteEntry',
  { access: 'write', required: ['routeTableId', 'destinationCidrBlock'], appliesNetwork: true },
  async (request, call) => {
    const vpc = await needVpcOf(call, request);
    checkNextHop(call, request);
    if (request.routeEntryName !== undefined && !isEntryName(request.routeEntryName))
      throw call.error('InvalidRouteEntryName.Malformed');
    if (!isEntryDescription(request.description ?? '')) throw call.error('InvalidDescription.Malformed');
    if (request.destinationCidrBlock.includes(':')) throw call.error('OperationDenied.VpcIpv6NotEnabled');
    const block = destination(call, request.destinationCidrBlock);
    const { id: nextHopId, block: peerBlock } = await needPeerOf(call, vpc.id, request.nextHopId ?? '');
    if (!containsCidr(peerBlock, block))
      throw wrongBlock(call, `It has to lie in ${formatCidr(peerBlock)}, the block of the VPC that it leads to.`);
    const entries = await entriesOf(call, vpc);
    if (entryTo(entries.filter(isCustom), block)) throw call.error('InvalidCIDRBlock.Duplicate');
    const inner = entries.find((entry) => !isCustom(entry) && containsCidr(parseCidr(entry.cidrBlock)!, block));
    if (inner) throw wrongBlock(call, `It lies in ${inner.cidrBlock}, which is in the VPC itself.`);
    if (entries.filter(isCustom).length >= (await call.quota('routeEntries'))) throw call.error('QuotaExceeded');
    const id = call.ids.resource('rte', call.region(vpc.regionId).idInfix);
    await insertRouteEntry(call.db, {
      id,
      vpcId: vpc.id,
      cidrBlock: formatCidr(block),
      nextHopId,
      name: request.routeEntryName ?? '',
      description: request.description ?? '',
      createdAt: call.clock.now(),
    });
    return { routeEntryId: id };
  },
);

const isCustom = ({ type }: { type: 'Custom' | 'System' }): boolean => type === 'Custom';

const wrongBlock = (call: Call, hint: string) => call.error('InvalidCidrBlock', { hint });

function checkNextHop(call: Call, request: { nextHopType?: string; nextHopList?: object[] }): void {
  const { nextHopType, nextHopList = [] } = request;
  if (nextHopType !== undefined && nextHopList.length > 0) throw call.error('InvalidNexthopTypeAndList.BothNotNull');
  if (nextHopList.length > 0) refuseUnbuilt(call, { NextHopList: nextHopList });
  if (nextHopType === undefined) throw call.error('InvalidNexthopTypeAndList.BothNull');
  if (nextHopType !== 'VpcPeer') throw call.error('InvalidNextHopType', { hint: 'Only VpcPeer is built here.' });
}

/** The peering connection that the VPC has an end of, with the block at the other end. */
async function needPeerOf(call: Call, vpcId: string, id: string): Promise<{ id: string; block: Cidr }> {
  const peer = await findVpcPeer(call.db, call.accountId, id);
  if (!peer) throw call.error('ResourceNotFound.VpcPeer', { values: ['VpcPeer'] });
  const [one, other] = [peer.vpcId, peer.acceptingVpcId];
  if (vpcId !== one && vpcId !== other)
    throw call.error('InvalidNextHop.NotFound', { hint: 'It is one of another VPC.' });
  if (peer.status !== 'Activated') throw call.error('IncorrectStatus.VpcPeer', { values: ['VpcPeer', id] });
  const otherId = vpcId === one ? other : one;
  const vpc = (await vpcsByIds(call.db, [otherId])).get(otherId);
  return { id, block: parseCidr(vpc!.cidrBlock)! };
}
