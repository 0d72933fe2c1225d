import { deleteGrantsOf } from '../records/tables/cens.ts';
import * as networks from '../records/tables/networks.ts';
import type { VpcRow, VSwitchRow } from '../records/tables/networks.ts';
import { countSecurityGroups } from '../records/tables/securityGroups.ts';
import { vpcPeersOf } from '../records/tables/vpcPeers.ts';
import { containsCidr, parseCidr } from '../rules/cidr.ts';
import { commaIds } from '../rules/idLists.ts';
import { isDescription, isResourceGroupId } from '../rules/names.ts';
import { DEFAULT_VPC_BLOCK, isNetworkName, userBlocks, vpcBlock } from '../rules/networks.ts';
import { secondsTime } from '../rules/times.ts';
import type { Call } from './call.ts';
import { cenOf, overlapWith } from './cbn/cen.ts';
import { pageFor } from './page.ts';
import { deleteTags, saveTags, tagFilter, tagsOf, type TagInput, type TagShown } from './tags.ts';
import { refuseUnbuilt } from './unbuilt.ts';

/** VPCs as both products, Ecs 2014-05-26 and Vpc 2016-04-28, offer them: the request of the newer holds that of the older. */

export const MAX_NETWORK_PAGE = 50;
/** Ids that one filter may list. */
export const MAX_NETWORK_IDS = 20;

interface Described {
  regionId?: string;
  pageNumber?: number;
  pageSize?: number;
  isDefault?: boolean;
  resourceGroupId?: string;
  tag?: TagInput[];
}

/** The VPC of the caller in the region that was named, if any was; null when there is none. */
export async function ownVpc(call: Call, request: { regionId?: string }, vpcId: string): Promise<VpcRow | null> {
  const row = await networks.findVpc(call.db, call.accountId, vpcId);
  if (!row || (request.regionId !== undefined && call.region(request.regionId).regionId !== row.regionId)) return null;
  return row;
}

async function needVpc(call: Call, request: { regionId?: string; vpcId: string }): Promise<VpcRow> {
  const row = await ownVpc(call, request, request.vpcId);
  if (!row) throw call.error('InvalidVpcId.NotFound', { about: 'Specified VPC does not exist' });
  return row;
}

export async function createVpc(
  request: {
    regionId?: string;
    cidrBlock?: string;
    vpcName?: string;
    description?: string;
    userCidr?: string;
    resourceGroupId?: string;
    tag?: TagInput[];
    enableIpv6?: boolean;
    enableDnsHostname?: boolean;
    ipv6CidrBlock?: string;
    ipv6CidrMask?: number;
    ipv6Isp?: string;
    ipv6IpamPoolId?: string;
    ipv4CidrMask?: number;
    ipv4IpamPoolId?: string;
  },
  call: Call,
): Promise<{ vpcId: string; VRouterId: string; routeTableId: string; resourceGroupId: string }> {
  const { regionId, idInfix } = call.region(request.regionId);
  refuseUnbuilt(call, {
    EnableIpv6: request.enableIpv6,
    Ipv6CidrBlock: request.ipv6CidrBlock,
    Ipv6CidrMask: request.ipv6CidrMask,
    Ipv6Isp: request.ipv6Isp,
    Ipv6IpamPoolId: request.ipv6IpamPoolId,
    Ipv4CidrMask: request.ipv4CidrMask,
    Ipv4IpamPoolId: request.ipv4IpamPoolId,
    EnableDnsHostname: request.enableDnsHostname,
  });
  checkNames(call, request);
  const cidrBlock = request.cidrBlock ?? DEFAULT_VPC_BLOCK;
  const block = vpcBlock(cidrBlock);
  if (block === 'mask') throw call.error('IllegalParam.CidrBlockMask', { values: [cidrBlock] });
  if (block === 'malformed') throw call.error('InvalidParameter', { about: 'CIDR block' });
  const userCidrs = checkedUserCidrs(call, request.userCidr);
  const { resourceGroupId = '' } = request;
  if (resourceGroupId !== '' && !isResourceGroupId(resourceGroupId)) throw call.error('InvalidResourceGroupId');
  const owner = { accountId: call.accountId, regionId };
  if ((await networks.countVpcs(call.db, owner)) >= (await call.quota('vpcs'))) throw call.error('QuotaExceeded.Vpc');

  const id = call.ids.resource('vpc', idInfix);
  const vRouterId = call.ids.resource('vrt', idInfix);
  const routeTableId = call.ids.resource('vtb', idInfix);
  await networks.insertVpc(call.db, {
    ...owner,
    id,
    name: request.vpcName ?? '',
    description: request.description ?? '',
    cidrBlock,
    userCidrs,
    status: 'Available',
    vRouterId,
    routeTableId,
    isDefault: 0,
    resourceGroupId,
    createdAt: call.clock.now(),
  });
  await saveTags(call, { resourceType: 'vpc', resourceId: id, regionId }, request.tag);
  return { vpcId: id, VRouterId: vRouterId, routeTableId, resourceGroupId };
}

export async function describeVpcs(
  request: Described & {
    vpcId?: string;
    vpcName?: string;
    vpcOwnerId?: number;
    dhcpOptionsSetId?: string;
    enableIpv6?: boolean;
  },
  call: Call,
) {
  const { regionId } = call.region(request.regionId);
  const page = pageFor(call, request, { maxSize: MAX_NETWORK_PAGE });
  const filter = {
    accountId: call.accountId,
    regionId,
    ids: vpcIds(call, request.vpcId),
    name: request.vpcName,
    isDefault: request.isDefault,
    resourceGroupId: request.resourceGroupId,
    tagged: tagFilter(call, { resourceType: 'vpc', regionId }, request.tag),
  };
  const asksForNone =
    request.enableIpv6 === true ||
    request.dhcpOptionsSetId !== undefined ||
    (request.vpcOwnerId !== undefined && request.vpcOwnerId !== Number(call.accountId));
  const { rows, total } = asksForNone ? { rows: [], total: 0 } : await networks.listVpcs(call.db, filter, page);
  return {
    vpcs: { vpc: await shownVpcs(call, rows) },
    pageNumber: page.number,
    pageSize: page.size,
    totalCount: total,
  };
}

export async function describeVpcAttribute(
  request: { regionId?: string; vpcId: string; isDefault?: boolean },
  call: Call,
) {
  const row = await needVpc(call, request);
  const [vpc] = await shownVpcs(call, [row]);
  const { vSwitchIds } = vpc!;
  const groups = await countSecurityGroups(call.db, { accountId: row.accountId, vpcId: row.id });
  const cloudResources = [
    { resourceType: 'VRouter', resourceCount: 1 },
    { resourceType: 'VSwitch', resourceCount: vSwitchIds.vSwitchId.length },
    { resourceType: 'SecurityGroup', resourceCount: groups },
  ];
  return {
    ...vpc,
    classicLinkEnabled: false,
    supportIpv4Gateway: false,
    cloudResources: { cloudResourceSetType: cloudResources },
  };
}

export async function modifyVpcAttribute(
  request: {
    regionId?: string;
    vpcId: string;
    vpcName?: string;
    description?: string;
    cidrBlock?: string;
    userCidr?: string;
    enableIPv6?: boolean;
    enableDnsHostname?: boolean;
    ipv6CidrBlock?: string;
    ipv6Isp?: string;
  },
  call: Call,
): Promise<Record<never, never>> {
  const row = await needVpc(call, request);
  refuseUnbuilt(call, {
    EnableIPv6: request.enableIPv6,
    Ipv6CidrBlock: request.ipv6CidrBlock,
    Ipv6Isp: request.ipv6Isp,
    EnableDnsHostname: request.enableDnsHostname,
  });
  checkNames(call, request);
  if (request.cidrBlock !== undefined) await checkNewBlock(call, row, request.cidrBlock);
  await networks.updateVpc(call.db, row.id, {
    name: request.vpcName ?? row.name,
    description: request.description ?? row.description,
    cidrBlock: request.cidrBlock ?? row.cidrBlock,
    userCidrs: request.userCidr === undefined ? row.userCidrs : checkedUserCidrs(call, request.userCidr),
  });
  return {};
}

async function checkNewBlock(call: Call, row: VpcRow, cidrBlock: string): Promise<void> {
  const block = vpcBlock(cidrBlock);
  if (typeof block === 'string') throw call.error('InvalidCidrBlock.Malformed');
  const cenId = await cenOf(call, row.id);
  const other = cenId && (await overlapWith(call, cenId, row.id, block));
  if (other)
    throw call.error('InvalidCidrBlock.Malformed', {
      hint: `It would overlap ${other.cidrBlock} of ${other.id}, which ${cenId} joins it with.`,
    });
  for (const vSwitch of await networks.vSwitchesOf(call.db, [row.id])) {
    if (containsCidr(block, parseCidr(vSwitch.cidrBlock)!)) continue;
    throw call.error('InvalidCidrBlock.Malformed', {
      hint: `vSwitch ${vSwitch.id} (${vSwitch.cidrBlock}) would lie outside.`,
    });
  }
}

/** `ForceDelete` spares only what this service does not have; vSwitches and security groups always stand in the way. */
export async function deleteVpc(
  request: { regionId?: string; vpcId: string },
  call: Call,
): Promise<Record<never, never>> {
  const row = await ownVpc(call, request, request.vpcId);
  if (!row) throw call.error('InvalidVpcID.NotFound');
  const vSwitches = await networks.vSwitchesOf(call.db, [row.id]);
  if (vSwitches.length > 0) throw call.error('DependencyViolation.VSwitch');
  const groups = await countSecurityGroups(call.db, { accountId: row.accountId, vpcId: row.id });
  if (groups > 0) throw call.error('DependencyViolation.SecurityGroup');
  const cenId = await cenOf(call, row.id);
  if (cenId) throw call.error('DependencyViolation.Instance', { hint: `It is attached to ${cenId}.` });
  // What others ask for doesn't hold it.
  const peers = await vpcPeersOf(call.db, row.accountId, row.id);
  const peer = peers.find(({ accountId, status }) => accountId === row.accountId || status === 'Activated');
  if (peer) throw call.error('DependencyViolation.Instance', { hint: `It has the peering connection ${peer.id}.` });
  await deleteGrantsOf(call.db, row.id);
  await deleteTags(call.db, 'vpc', [row.id]);
  await networks.deleteVpc(call.db, row.id);
  return {};
}

/** A comma list of VPC ids, refused when it is too long. */
export function vpcIds(call: Call, text: string | undefined): string[] | undefined {
  if (text === undefined) return undefined;
  const ids = commaIds(text);
  if (!ids || ids.length > MAX_NETWORK_IDS) throw call.error('InvalidVpcIdNumber.NotSupported');
  return ids;
}

/** VPC → ids of its vSwitches. */
export async function vSwitchIdsOf(call: Call, rows: readonly VpcRow[]): Promise<Map<string, string[]>> {
  const byVpc = new Map<string, string[]>(rows.map(({ id }) => [id, []]));
  const vSwitches: VSwitchRow[] = await networks.vSwitchesOf(call.db, [...byVpc.keys()]);
  for (const { id, vpcId } of vSwitches) byVpc.get(vpcId)?.push(id);
  return byVpc;
}

async function shownVpcs(call: Call, rows: readonly VpcRow[]) {
  const vSwitches = await vSwitchIdsOf(call, rows);
  const tags = await tagsOf(
    call.db,
    'vpc',
    rows.map(({ id }) => id),
  );
  return rows.map((row) => ({
    vpcId: row.id,
    vpcName: row.name,
    description: row.description,
    regionId: row.regionId,
    status: row.status,
    cidrBlock: row.cidrBlock,
    secondaryCidrBlocks: { secondaryCidrBlock: [] },
    userCidrs: { userCidr: row.userCidrs === '' ? [] : row.userCidrs.split(',') },
    enabledIpv6: false,
    ipv6CidrBlock: '',
    ipv6CidrBlocks: { ipv6CidrBlock: [] },
    VRouterId: row.vRouterId,
    routerTableIds: { routerTableIds: [row.routeTableId] },
    vSwitchIds: { vSwitchId: vSwitches.get(row.id) ?? [] },
    natGatewayIds: { natGatewayIds: [] },
    dhcpOptionsSetId: '',
    dhcpOptionsSetStatus: '',
    dnsHostnameStatus: 'DISABLED',
    isDefault: row.isDefault === 1,
    resourceGroupId: row.resourceGroupId,
    ownerId: Number(row.accountId),
    creationTime: secondsTime(row.createdAt),
    tags: { tag: vpcTags(tags.get(row.id)) },
  }));
}

/** The Vpc product shows `Key` and `Value` where the Ecs product shows `TagKey` and `TagValue`. */
export const vpcTags = (tags: readonly TagShown[] = []) =>
  tags.map(({ tagKey, tagValue }) => ({ key: tagKey, value: tagValue }));

function checkNames(call: Call, request: { vpcName?: string; description?: string }): void {
  if (request.vpcName !== undefined && !isNetworkName(request.vpcName)) throw call.error('InvalidVpcName.Malformed');
  if (!isDescription(request.description ?? '')) throw call.error('InvalidVpcDiscription.Malformed');
}

function checkedUserCidrs(call: Call, text: string | undefined): string {
  if (text === undefined) return '';
  const blocks = userBlocks(text);
  switch (blocks) {
    case 'too many':
      throw call.error('InvalidUserCidr.Quota');
    case 'malformed':
      throw call.error('InvalidParameter', { about: 'UserCidr' });
    case 'reserved':
      throw call.error('InvalidUserCidr.Malformed');
    default:
      return blocks.join(',');
  }
}
