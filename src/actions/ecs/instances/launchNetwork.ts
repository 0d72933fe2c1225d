import { addressesIn } from '../../../records/tables/instances.ts';
import { findVSwitch, type VSwitchRow } from '../../../records/tables/networks.ts';
import { countMembers, findSecurityGroup, type SecurityGroupRow } from '../../../records/tables/securityGroups.ts';
import { formatAddress, isUsableAddress, nextFreeAddress, parseAddress } from '../../../rules/cidr.ts';
import { quotas } from '../../../rules/quotas.ts';
import type { Region } from '../../../rules/regions.ts';
import type { Call } from '../../call.ts';
import { refuseUnbuilt } from '../../unbuilt.ts';
import type { LaunchRequest } from './launchRequest.ts';

export interface LaunchNetwork {
  vSwitch: VSwitchRow;
  groups: readonly SecurityGroupRow[];
  /** Asked for the first instance; later ones follow it. */
  firstAddress: string | null;
}

/** vSwitch, security groups and address, checked against one another and the zone. */
export async function chooseNetwork(call: Call, region: Region, launch: LaunchRequest): Promise<LaunchNetwork> {
  const request = primaryInterface(call, launch);
  if (request.zoneId !== undefined && !region.zones.includes(request.zoneId))
    throw call.error('InvalidZoneId.NotFound');
  const groups = await chooseGroups(call, region, request);
  const vSwitch = await chooseVSwitch(call, region, request, groups);
  if (groups.some(({ vpcId }) => vpcId !== vSwitch.vpcId)) {
    throw call.error('InvalidParameter.Mismatch', { about: 'security group and virtual switch' });
  }
  const address = request.privateIpAddress ?? null;
  if (address !== null) {
    if (parseAddress(address) === null) throw call.error('InvalidPrivateIpAddress.Malformed');
    if (!isUsableAddress(vSwitch.cidrBlock, address)) throw call.error('InvalidPrivateIpAddress');
  }
  return { vSwitch, groups, firstAddress: address };
}

type NetworkRequest = Pick<
  LaunchRequest,
  'zoneId' | 'vSwitchId' | 'securityGroupId' | 'securityGroupIds' | 'privateIpAddress'
>;

/** What is asked of the primary interface, written at the top or as `NetworkInterface.1`; there are no others. */
function primaryInterface(call: Call, request: LaunchRequest): NetworkRequest {
  const [first, ...others] = request.networkInterface ?? [];
  if (!first) return request;
  refuseUnbuilt(call, {
    'A second NetworkInterface': others.length > 0,
    'NetworkInterface.1.InstanceType other than Primary': first.instanceType !== 'Primary',
    'NetworkInterface.1.NetworkInterfaceId': first.networkInterfaceId,
    'NetworkInterface.1.Ipv6Address': first.ipv6Address,
    'NetworkInterface.1.Ipv6AddressCount': first.ipv6AddressCount,
    'NetworkInterface.1.SecondaryPrivateIpAddressCount': first.secondaryPrivateIpAddressCount,
    'NetworkInterface.1.QueueNumber': first.queueNumber,
    'NetworkInterface.1.QueuePairNumber': first.queuePairNumber,
    'NetworkInterface.1.RxQueueSize': first.rxQueueSize,
    'NetworkInterface.1.TxQueueSize': first.txQueueSize,
    'NetworkInterface.1.NetworkInterfaceTrafficMode=HighPerformance':
      first.networkInterfaceTrafficMode === 'HighPerformance',
  });
  const topLevel = [request.vSwitchId, request.securityGroupId, request.securityGroupIds, request.privateIpAddress];
  if (topLevel.some((value) => value !== undefined)) {
    const text =
      'The network is described either by NetworkInterface.1 or by VSwitchId, SecurityGroupId(s) and PrivateIpAddress.';
    throw call.error('InvalidParam.NetworkInterface', { values: [text] });
  }
  const { vSwitchId, securityGroupId, securityGroupIds, primaryIpAddress } = first;
  return { zoneId: request.zoneId, vSwitchId, securityGroupId, securityGroupIds, privateIpAddress: primaryIpAddress };
}

async function chooseGroups(call: Call, region: Region, request: NetworkRequest): Promise<SecurityGroupRow[]> {
  if (request.securityGroupId !== undefined && request.securityGroupIds !== undefined) {
    throw call.error('InvalidParameter.Conflict', {
      about: '%s',
      values: ['SecurityGroupId and SecurityGroupIds.N can not be specified at the same time.'],
    });
  }
  const ids = [...new Set(request.securityGroupIds ?? [request.securityGroupId ?? ''])];
  if (ids[0] === undefined || ids[0] === '') throw call.error('InvalidSecurityGroupId', { about: 'is invalid' });
  return checkedGroups(call, region.regionId, ids);
}

/** The caller's groups of the region, all basic or all advanced, not more than an instance may be in. */
export async function checkedGroups(call: Call, regionId: string, ids: readonly string[]): Promise<SecurityGroupRow[]> {
  if (ids.length > quotas.securityGroupsOfInstance) {
    throw call.error('JoinedGroupLimitExceed', {
      values: [`An instance is in at most ${quotas.securityGroupsOfInstance} security groups.`],
    });
  }
  const groups = [];
  for (const id of ids) {
    const group = await findSecurityGroup(call.db, call.accountId, id);
    if (group?.regionId !== regionId) {
      throw call.error('InvalidSecurityGroupId.NotFound', { about: 'The specified SecurityGroupId does not exist.' });
    }
    groups.push(group);
  }
  if (new Set(groups.map(({ type }) => type)).size > 1) throw call.error('EnterpriseGroupLimited.MutliGroupType');
  return groups;
}

async function chooseVSwitch(
  call: Call,
  region: Region,
  request: NetworkRequest,
  groups: readonly SecurityGroupRow[],
): Promise<VSwitchRow> {
  if (request.vSwitchId === undefined) {
    if (groups.some(({ vpcId }) => vpcId !== null)) throw call.error('MissingParameter', { about: 'VSwitchId' });
    throw call.error('OperationDenied.InvalidNetworkType', {
      values: ['The classic network was retired: use a security group of a VPC, and a vSwitch.'],
    });
  }
  const vSwitch = await findVSwitch(call.db, call.accountId, request.vSwitchId);
  if (vSwitch?.regionId !== region.regionId) {
    throw call.error('InvalidVSwitchId.NotFound', { about: 'Specified virtual switch does not exist' });
  }
  if (request.zoneId !== undefined && request.zoneId !== vSwitch.zoneId) {
    throw call.error('InvalidParameter.Mismatch', { about: 'not in the specified zone' });
  }
  if (vSwitch.status !== 'Available') throw call.error('IncorrectVSwitchStatus');
  return vSwitch;
}

export interface Addresses {
  privateIp: string;
  macAddress: string;
}

/**
 * A private and a MAC address for each of `amount` instances; fewer, but at least `atLeast`, when the vSwitch has no more or a group is
 * nearly full.
 */
export async function allocateAddresses(
  call: Call,
  { vSwitch, groups, firstAddress }: LaunchNetwork,
  { amount, atLeast }: { amount: number; atLeast: number },
): Promise<Addresses[]> {
  const members = await countMembers(
    call.db,
    groups.map(({ id }) => id),
  );
  const rooms = groups.map(({ id, type }) => quotas.instancesOfSecurityGroup[type] - (members.get(id) ?? 0));
  const room = Math.min(...rooms, amount);
  if (room < atLeast) {
    throw call.error('SecurityGroupInstanceLimitExceed', {
      values: ['The maximum number of instances in a security group is exceeded.'],
    });
  }
  const taken = await addressesIn(call.db, vSwitch.id);
  const allocated: Addresses[] = [];
  while (allocated.length < room) {
    const privateIp =
      firstAddress === null
        ? nextFreeAddress(vSwitch.cidrBlock, taken.privateIps)
        : follow(call, vSwitch, taken.privateIps, firstAddress, allocated.length);
    if (privateIp === null) break;
    const macAddress = freeMacAddress(call, taken.macAddresses);
    taken.privateIps.add(privateIp);
    taken.macAddresses.add(macAddress);
    allocated.push({ privateIp, macAddress });
  }
  if (allocated.length < atLeast) throw call.error('QuotaExceeded.PrivateIpAddress');
  return allocated;
}

/** The `index`-th address from the one asked for. */
function follow(call: Call, vSwitch: VSwitchRow, taken: ReadonlySet<string>, first: string, index: number): string {
  const address = formatAddress((parseAddress(first) ?? 0) + index);
  if (!isUsableAddress(vSwitch.cidrBlock, address)) throw call.error('InvalidPrivateIpAddress', { hint: address });
  if (taken.has(address)) throw call.error('InvalidPrivateIpAddress.Duplicated', { hint: address });
  return address;
}

/** The vendor's prefix, then 24 random bits. */
function freeMacAddress(call: Call, taken: ReadonlySet<string>): string {
  for (;;) {
    const bytes = call.ids.request().slice(-6).toLowerCase().match(/../g) ?? [];
    const address = ['00', '16', '3e', ...bytes].join(':');
    if (!taken.has(address)) return address;
  }
}
