import { model, type DataOf } from '../../contract/model.ts';
import { vpcsByIds } from '../../records/tables/networks.ts';
import { findVpcPeer, type VpcPeerRow } from '../../records/tables/vpcPeers.ts';
import { isEntryDescription, isEntryName } from '../../rules/networks.ts';
import { secondsTime } from '../../rules/times.ts';
import type { Call } from '../call.ts';

/** How long a request can be accepted. Source: "VPC peering connection". */
const ACCEPTED_WITHIN_MS = 7 * 24 * 3600 * 1000;

/** Mbit/s between regions, and at most; within a region there is no limit. Source: the same page. */
const BANDWIDTH = { default: 1024, most: 1024 };
const UNLIMITED = -1;

const End = model({ vpcId: 'string', ipv4Cidrs: ['string'], ipv6Cidrs: ['string'] });

/** As both actions that show peering connections have it. */
export const Peer = model({
  instanceId: 'string',
  name: 'string',
  description: 'string',
  status: 'string',
  bizStatus: 'string',
  bandwidth: 'number',
  resourceGroupId: 'string',
  ownerId: 'number',
  regionId: 'string',
  vpc: End,
  acceptingOwnerUid: 'number',
  acceptingRegionId: 'string',
  acceptingVpc: End,
  gmtCreate: 'string',
  gmtModified: 'string',
  gmtExpired: 'string',
  tags: [model({ key: 'string', value: 'string' })],
});

/** What each action that changes one has besides. */
export const asked = { instanceId: 'string', dryRun: 'boolean', clientToken: 'string' } as const;

/** The peering connection, if the caller has an end of it. */
export async function needPeer(call: Call, id: string): Promise<VpcPeerRow> {
  const peer = await findVpcPeer(call.db, call.accountId, id);
  if (!peer) throw call.error('ResourceNotFound.InstanceId', { values: ['InstanceId'] });
  return peer;
}

/** A request that the caller may answer. */
export async function needRequest(call: Call, id: string): Promise<VpcPeerRow> {
  const peer = await needPeer(call, id);
  if (peer.acceptingAccountId !== call.accountId)
    throw wrongStatus(call, peer, 'It is for the other account to answer.');
  if (statusOf(call, peer) !== 'Accepting') throw wrongStatus(call, peer);
  return peer;
}

export function statusOf(call: Call, peer: VpcPeerRow): VpcPeerRow['status'] | 'Expired' {
  return peer.status === 'Accepting' && call.clock.now() >= expiryOf(peer) ? 'Expired' : peer.status;
}

const expiryOf = ({ createdAt }: VpcPeerRow): number => createdAt + ACCEPTED_WITHIN_MS;

export const wrongStatus = (call: Call, peer: VpcPeerRow, hint = `It is ${statusOf(call, peer)}.`) =>
  call.error('IncorrectStatus.VpcPeer', { values: ['VpcPeer', peer.id], hint });

export function checkPeerNames(call: Call, request: { name?: string; description?: string }): void {
  if (request.name !== undefined && !isEntryName(request.name)) throw illegal(call, 'Name');
  if (!isEntryDescription(request.description ?? '')) throw illegal(call, 'Description');
}

export const illegal = (call: Call, name: string, hint?: string) =>
  call.error(`IllegalParam.${name}`, { values: [name], ...(hint !== undefined && { hint }) });

/** The bandwidth of a new one, in Mbit/s. */
export function bandwidthOf(call: Call, wanted: number | undefined, isAcrossRegions: boolean): number {
  if (wanted === undefined) return isAcrossRegions ? BANDWIDTH.default : UNLIMITED;
  if (!isAcrossRegions) throw illegal(call, 'Bandwidth', 'Within a region there is no limit.');
  if (!isBandwidth(wanted) || exceedsBandwidth(wanted)) throw illegal(call, 'Bandwidth');
  return wanted;
}

export const isBandwidth = (wanted: number): boolean => Number.isInteger(wanted) && wanted > 0;
export const exceedsBandwidth = (wanted: number): boolean => wanted > BANDWIDTH.most;

/** As the caller, who has an end of each, sees them: nothing is said of the other's VPC before the other has accepted. */
export async function shownPeers(call: Call, rows: readonly VpcPeerRow[]): Promise<DataOf<typeof Peer>[]> {
  const vpcs = await vpcsByIds(
    call.db,
    rows.flatMap(({ vpcId, acceptingVpcId }) => [vpcId, acceptingVpcId]),
  );
  const endOf = (vpcId: string, isKnown: boolean) => {
    const vpc = isKnown ? vpcs.get(vpcId) : undefined;
    return { vpcId, ipv4Cidrs: vpc ? [vpc.cidrBlock] : [], ipv6Cidrs: [] };
  };
  return rows.map((row) => {
    const status = statusOf(call, row);
    const isAccepters = row.acceptingAccountId === call.accountId;
    return {
      instanceId: row.id,
      name: row.name,
      description: row.description,
      status,
      bizStatus: 'Normal',
      bandwidth: row.bandwidth,
      resourceGroupId: row.accountId === call.accountId ? row.resourceGroupId : row.acceptingResourceGroupId,
      ownerId: Number(row.accountId),
      regionId: row.regionId,
      vpc: endOf(row.vpcId, true),
      acceptingOwnerUid: Number(row.acceptingAccountId),
      acceptingRegionId: row.acceptingRegionId,
      acceptingVpc: endOf(row.acceptingVpcId, isAccepters || status === 'Activated'),
      gmtCreate: secondsTime(row.createdAt),
      gmtModified: secondsTime(row.modifiedAt),
      ...((status === 'Accepting' || status === 'Expired') && { gmtExpired: secondsTime(expiryOf(row)) }),
      tags: [],
    };
  });
}
