import * as networks from '../records/tables/networks.ts';
import type { VSwitchRow } from '../records/tables/networks.ts';
import { routeEntriesOf } from '../records/tables/routeEntries.ts';
import { containsCidr, parseCidr, usableAddresses } from '../rules/cidr.ts';
import { commaIds } from '../rules/idLists.ts';
import { isDescription } from '../rules/names.ts';
import { isNetworkName, vSwitchBlock } from '../rules/networks.ts';
import { secondsTime } from '../rules/times.ts';
import type { Call } from './call.ts';
import { pageFor } from './page.ts';
import { deleteTags, saveTags, tagFilter, tagsOf, type TagInput } from './tags.ts';
import { refuseUnbuilt } from './unbuilt.ts';
import { MAX_NETWORK_IDS, MAX_NETWORK_PAGE, ownVpc, vpcIds, vpcTags } from './vpcs.ts';

/** vSwitches as both products, Ecs 2014-05-26 and Vpc 2016-04-28, offer them. */

async function ownVSwitch(call: Call, request: { regionId?: string; vSwitchId: string }): Promise<VSwitchRow | null> {
  const row = await networks.findVSwitch(call.db, call.accountId, request.vSwitchId);
  if (!row || (request.regionId !== undefined && call.region(request.regionId).regionId !== row.regionId)) return null;
  return row;
}

export async function createVSwitch(
  request: {
    regionId?: string;
    vpcId: string;
    zoneId: string;
    cidrBlock: string;
    vSwitchName?: string;
    description?: string;
    tag?: TagInput[];
    cidrMask?: number;
    ipv6CidrBlock?: number;
    ipv6CidrMask?: number;
    vpcIpv6CidrBlock?: string;
  },
  call: Call,
): Promise<{ vSwitchId: string }> {
  const vpc = await ownVpc(call, request, request.vpcId);
  if (!vpc) throw call.error('InvalidVpcId.NotFound', { about: 'Specified VPC does not exist' });
  const { regionId, idInfix, zones } = call.region(vpc.regionId);
  if (!zones.includes(request.zoneId)) throw call.error('ResourceNotAvailable');
  refuseUnbuilt(call, {
    CidrMask: request.cidrMask,
    Ipv6CidrBlock: request.ipv6CidrBlock,
    Ipv6CidrMask: request.ipv6CidrMask,
    VpcIpv6CidrBlock: request.vpcIpv6CidrBlock,
  });
  checkNames(call, request);
  const others = await networks.vSwitchesOf(call.db, [vpc.id]);
  const block = vSwitchBlock(
    request.cidrBlock,
    vpc.cidrBlock,
    others.map(({ cidrBlock }) => cidrBlock),
  );
  if (block === 'overlaps') throw call.error('InvalidCidrBlock.Overlapped');
  if (typeof block === 'string') throw call.error('InvalidParameter', { about: 'CIDR block' });
  const away = (await routeEntriesOf(call.db, vpc.id)).find(({ cidrBlock }) =>
    containsCidr(block, parseCidr(cidrBlock)!),
  );
  if (away) throw call.error('InvalidCidrBlock.Overlapped', { hint: `The VPC has a route away to ${away.cidrBlock}.` });
  if (others.length >= (await call.quota('vSwitchesOfVpc'))) throw call.error('QuotaExceeded.VSwitch');

  const id = call.ids.resource('vsw', idInfix);
  await networks.insertVSwitch(call.db, {
    id,
    accountId: call.accountId,
    regionId,
    zoneId: request.zoneId,
    vpcId: vpc.id,
    name: request.vSwitchName ?? '',
    description: request.description ?? '',
    cidrBlock: request.cidrBlock,
    status: 'Available',
    isDefault: 0,
    resourceGroupId: vpc.resourceGroupId,
    createdAt: call.clock.now(),
  });
  await saveTags(call, { resourceType: 'vswitch', resourceId: id, regionId }, request.tag);
  return { vSwitchId: id };
}

export async function describeVSwitches(
  request: {
    regionId?: string;
    vpcId?: string;
    vSwitchId?: string;
    zoneId?: string;
    vSwitchName?: string;
    isDefault?: boolean;
    resourceGroupId?: string;
    routeTableId?: string;
    enableIpv6?: boolean;
    vSwitchOwnerId?: number;
    tag?: TagInput[];
    pageNumber?: number;
    pageSize?: number;
  },
  call: Call,
) {
  const { regionId } = await regionOf(call, request);
  const page = pageFor(call, request, { maxSize: MAX_NETWORK_PAGE });
  const owner = { accountId: call.accountId, regionId };
  const filter = {
    ...owner,
    ids: vSwitchIds(call, request.vSwitchId),
    vpcIds: await vpcsOfRouteTable(call, owner, request.routeTableId, vpcIds(call, request.vpcId)),
    zoneId: request.zoneId,
    name: request.vSwitchName,
    isDefault: request.isDefault,
    resourceGroupId: request.resourceGroupId,
    tagged: tagFilter(call, { resourceType: 'vswitch', regionId }, request.tag),
  };
  const asksForNone =
    request.enableIpv6 === true ||
    (request.vSwitchOwnerId !== undefined && request.vSwitchOwnerId !== Number(call.accountId));
  const { rows, total } = asksForNone ? { rows: [], total: 0 } : await networks.listVSwitches(call.db, filter, page);
  return {
    vSwitches: { vSwitch: await shownVSwitches(call, rows) },
    pageNumber: page.number,
    pageSize: page.size,
    totalCount: total,
  };
}

/** A VPC's region when only the VPC is named. */
async function regionOf(call: Call, request: { regionId?: string; vpcId?: string }) {
  if (request.regionId !== undefined || request.vpcId === undefined) return call.region(request.regionId);
  const vpc = await networks.findVpc(call.db, call.accountId, request.vpcId);
  return call.region(vpc?.regionId);
}

async function vpcsOfRouteTable(
  call: Call,
  owner: { accountId: string; regionId: string },
  routeTableId: string | undefined,
  wanted: string[] | undefined,
): Promise<string[] | undefined> {
  if (routeTableId === undefined) return wanted;
  const { rows } = await networks.listVpcs(call.db, { ...owner, routeTableId, ids: wanted }, { offset: 0, size: 1 });
  return rows.map(({ id }) => id);
}

export async function describeVSwitchAttributes(request: { regionId?: string; vSwitchId: string }, call: Call) {
  const row = await ownVSwitch(call, request);
  if (!row) throw call.error('InvalidVSwitchId.NotFound');
  const [shown] = await shownVSwitches(call, [row]);
  return shown!;
}

export async function modifyVSwitchAttribute(
  request: {
    regionId?: string;
    vSwitchId: string;
    vSwitchName?: string;
    description?: string;
    enableIPv6?: boolean;
    ipv6CidrBlock?: number;
    ipv6CidrMask?: number;
    vpcIpv6CidrBlock?: string;
  },
  call: Call,
): Promise<Record<never, never>> {
  const row = await ownVSwitch(call, request);
  if (!row) throw call.error('InvalidVSwitchId.NotFound');
  refuseUnbuilt(call, {
    EnableIPv6: request.enableIPv6,
    Ipv6CidrBlock: request.ipv6CidrBlock,
    Ipv6CidrMask: request.ipv6CidrMask,
    VpcIpv6CidrBlock: request.vpcIpv6CidrBlock,
  });
  checkNames(call, request);
  await networks.updateVSwitch(call.db, row.id, {
    name: request.vSwitchName ?? row.name,
    description: request.description ?? row.description,
  });
  return {};
}

export async function deleteVSwitch(
  request: { regionId?: string; vSwitchId: string },
  call: Call,
): Promise<Record<never, never>> {
  const row = await ownVSwitch(call, request);
  if (!row) throw call.error('InvalidVswitchID.NotFound');
  const interfaces = await networks.countInterfaces(call.db, [row.id]);
  if (interfaces.has(row.id)) throw call.error('DependencyViolation', { about: 'dependent resources' });
  await deleteTags(call.db, 'vswitch', [row.id]);
  await networks.deleteVSwitch(call.db, row.id);
  return {};
}

function vSwitchIds(call: Call, text: string | undefined): string[] | undefined {
  if (text === undefined) return undefined;
  const ids = commaIds(text);
  if (!ids || ids.length > MAX_NETWORK_IDS) throw call.error('InvalidVSwitchIdNumber.NotSupported');
  return ids;
}

async function shownVSwitches(call: Call, rows: readonly VSwitchRow[]) {
  const ids = rows.map(({ id }) => id);
  const tags = await tagsOf(call.db, 'vswitch', ids);
  const interfaces = await networks.countInterfaces(call.db, ids);
  const vpcs = await networks.vpcsByIds(call.db, [...new Set(rows.map(({ vpcId }) => vpcId))]);
  return rows.map((row) => ({
    vSwitchId: row.id,
    vSwitchName: row.name,
    description: row.description,
    vpcId: row.vpcId,
    zoneId: row.zoneId,
    status: row.status,
    cidrBlock: row.cidrBlock,
    enabledIpv6: false,
    ipv6CidrBlock: '',
    availableIpAddressCount: usableAddresses(parseCidr(row.cidrBlock)!) - (interfaces.get(row.id) ?? 0),
    routeTable: { routeTableId: vpcs.get(row.vpcId)?.routeTableId ?? '', routeTableType: 'System' },
    networkAclId: '',
    shareType: '',
    isDefault: row.isDefault === 1,
    resourceGroupId: row.resourceGroupId,
    ownerId: Number(row.accountId),
    creationTime: secondsTime(row.createdAt),
    tags: { tag: vpcTags(tags.get(row.id)) },
  }));
}

function checkNames(call: Call, request: { vSwitchName?: string; description?: string }): void {
  if (request.vSwitchName !== undefined && !isNetworkName(request.vSwitchName)) {
    throw call.error('InvalidVSwitchName.Malformed');
  }
  if (!isDescription(request.description ?? '')) throw call.error('InvalidVSwitchDiscription.Malformed');
}
