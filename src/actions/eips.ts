import {
  deleteEip,
  countEips,
  eipsOfInstances,
  findEip,
  insertEip,
  listEips,
  updateEip,
} from '../records/tables/eips.ts';
import type { EipRow } from '../records/tables/eips.ts';
import { findInstance } from '../records/tables/instances.ts';
import { commaIds } from '../rules/idLists.ts';
import { isResourceGroupId } from '../rules/names.ts';
import { allows, eipCan, EIP_STATUSES, instanceCan } from '../rules/states.ts';
import { secondsTime } from '../rules/times.ts';
import type { Call } from './call.ts';
import { creationFilter } from './listWindow.ts';
import { oneOf } from './oneOf.ts';
import { pageFor } from './page.ts';
import { allocatePublicIps } from './publicIps.ts';
import { deleteTags, saveTags, tagFilter, tagsOf, type TagInput, type TagShown } from './tags.ts';
import { refuseUnbuilt } from './unbuilt.ts';
import { vpcTags } from './vpcs.ts';

/** Elastic IPs as both products, Ecs 2014-05-26 and Vpc 2016-04-28, offer them: the request of the newer holds that of the older. */

/** Mbit/s, of what is paid as it is used. */
const MAX_BANDWIDTH = { PayByBandwidth: 500, PayByTraffic: 200 } as const;
const DEFAULT_BANDWIDTH = '5';
const MAX_NAME = 128;
const MAX_DESCRIPTION = 256;
/** Ids or addresses that one filter may list. */
const MAX_LISTED = 50;

/** What an elastic IP may lead to in the cloud; here instances alone. */
const INSTANCE_TYPES = ['EcsInstance', 'SlbInstance', 'Nat', 'HaVip', 'NetworkInterface', 'IpAddress'] as const;

interface Named {
  regionId?: string;
  allocationId: string;
}

export async function allocateEipAddress(
  request: {
    regionId?: string;
    bandwidth?: string;
    internetChargeType?: string;
    ISP?: string;
    name?: string;
    description?: string;
    resourceGroupId?: string;
    tag?: TagInput[];
    netmode?: string;
    instanceChargeType?: string;
    activityId?: number;
    instanceId?: string;
    ipAddress?: string;
    publicIpAddressPoolId?: string;
    securityProtectionTypes?: string[];
    zone?: string;
  },
  call: Call,
): Promise<{ allocationId: string; eipAddress: string; resourceGroupId: string }> {
  const { regionId, idInfix } = call.region(request.regionId);
  refuseUnbuilt(call, {
    ActivityId: request.activityId,
    InstanceId: request.instanceId,
    IpAddress: request.ipAddress,
    PublicIpAddressPoolId: request.publicIpAddressPoolId,
    SecurityProtectionTypes: request.securityProtectionTypes,
    Zone: request.zone,
    'InstanceChargeType=PrePaid': request.instanceChargeType === 'PrePaid',
  });
  oneOf(call, request.instanceChargeType, ['PostPaid'], 'InvalidParameter');
  oneOf(call, request.netmode, ['public'], 'InvalidParameter');
  const internetChargeType = chargeType(call, request.internetChargeType);
  const bandwidth = readBandwidth(call, internetChargeType, request.bandwidth ?? DEFAULT_BANDWIDTH);
  const isp = oneOf(call, request.ISP, ['BGP', 'BGP_PRO'], 'UnsupportedParameter') ?? 'BGP';
  checkWords(call, request);
  const { resourceGroupId = '' } = request;
  if (resourceGroupId !== '' && !isResourceGroupId(resourceGroupId)) throw call.error('InvalidResourceGroupId');
  const { accountId } = call;
  if ((await countEips(call.db, accountId)) >= (await call.quota('eips'))) throw call.error('QuotaExceeded.Eip');

  const id = call.ids.resource('eip', idInfix);
  const [ipAddress = ''] = await allocatePublicIps(call, 1, 'ReserveIpFail');
  await insertEip(call.db, {
    id,
    accountId,
    regionId,
    ipAddress,
    name: request.name ?? '',
    description: request.description ?? '',
    bandwidth,
    internetChargeType,
    isp,
    status: 'Available',
    instanceId: null,
    resourceGroupId,
    createdAt: call.clock.now(),
  });
  await saveTags(call, { resourceType: 'eip', resourceId: id, regionId }, request.tag);
  return { allocationId: id, eipAddress: ipAddress, resourceGroupId };
}

export async function describeEipAddresses(
  request: {
    regionId?: string;
    pageNumber?: number;
    pageSize?: number;
    allocationId?: string;
    eipAddress?: string;
    eipName?: string;
    status?: string;
    associatedInstanceType?: string;
    associatedInstanceId?: string;
    chargeType?: string;
    lockReason?: string;
    ISP?: string;
    resourceGroupId?: string;
    publicIpAddressPoolId?: string;
    segmentInstanceId?: string;
    securityProtectionEnabled?: boolean;
    serviceManaged?: boolean;
    filter?: { key?: string; value?: string }[];
    tag?: TagInput[];
  },
  call: Call,
) {
  const { regionId } = call.region(request.regionId);
  const page = pageFor(call, request);
  const ofType = oneOf(
    call,
    request.associatedInstanceType,
    INSTANCE_TYPES,
    'InvalidIAssociatedInstanceType.ValueNotSupported',
  );
  const charged = oneOf(call, request.chargeType, ['PostPaid', 'PrePaid'], 'InvalidChargeType.ValueNotSupported');
  oneOf(call, request.lockReason, ['financial', 'security'], 'InvalidLockReason.NotFound');
  const filter = {
    accountId: call.accountId,
    regionId,
    ids: listed(call, request.allocationId),
    addresses: listed(call, request.eipAddress),
    name: request.eipName,
    status: oneOf(call, request.status, EIP_STATUSES, 'InvalidParameter'),
    instanceId: request.associatedInstanceId,
    isp: request.ISP,
    resourceGroupId: request.resourceGroupId,
    ...creationFilter(call, request.filter),
    tagged: tagFilter(call, { resourceType: 'eip', regionId }, request.tag),
  };
  const asksForNone =
    (ofType ?? 'EcsInstance') !== 'EcsInstance' ||
    charged === 'PrePaid' ||
    request.lockReason !== undefined ||
    request.publicIpAddressPoolId !== undefined ||
    request.segmentInstanceId !== undefined ||
    request.securityProtectionEnabled === true ||
    request.serviceManaged === true;
  const { rows, total } = asksForNone ? { rows: [], total: 0 } : await listEips(call.db, filter, page);
  const tags = await tagsOf(
    call.db,
    'eip',
    rows.map(({ id }) => id),
  );
  return {
    eipAddresses: { eipAddress: rows.map((row) => eipItem(row, tags.get(row.id))) },
    pageNumber: page.number,
    pageSize: page.size,
    totalCount: total,
  };
}

export async function associateEipAddress(
  request: Named & {
    instanceId: string;
    instanceType?: string;
    instanceRegionId?: string;
    mode?: string;
    privateIpAddress?: string;
    vpcId?: string;
  },
  call: Call,
): Promise<Record<never, never>> {
  instancesOnly(call, request.instanceType);
  refuseUnbuilt(call, {
    'Mode other than NAT': request.mode !== undefined && request.mode !== 'NAT',
    VpcId: request.vpcId,
  });
  const row = await ownEip(call, request);
  const instance = await findInstance(call.db, call.accountId, request.instanceId);
  if (!instance) throw call.error('InvalidInstanId.NotFound');
  if (instance.regionId !== row.regionId) throw call.error('InvalidParameter.Mismatch', { about: 'same region' });
  if (request.instanceRegionId !== undefined && request.instanceRegionId !== instance.regionId)
    throw call.error('InvalidParameter', { about: 'parameter is not valid', hint: 'InstanceRegionId is another one.' });
  if (request.privateIpAddress !== undefined && request.privateIpAddress !== instance.privateIp)
    throw call.error('InvalidParameter', { about: 'parameter is not valid', hint: 'PrivateIpAddress is another one.' });
  if (instance.networkType !== 'vpc') throw call.error('OperationDenied', { about: 'not in VPC' });
  if (!allows(eipCan.associate, row.status)) throw incorrectStatus(call, row);
  if (!allows(instanceCan.changeEip, instance.status)) {
    throw call.error('IncorrectInstanceStatus', { hint: `${instance.id} is ${instance.status}.` });
  }
  if ((await eipsOfInstances(call.db, [instance.id])).size > 0) throw call.error('InvalidAssociation.Duplicated');
  if (instance.publicIp !== null) {
    const hint = `${instance.id} has the public address ${instance.publicIp}.`;
    throw call.error('BIND_INSTANCE_HAVE_PORTMAP_OR_BIND_EIP', { hint });
  }
  await move(call, row, 'Associating', instance.id);
  return {};
}

export async function unassociateEipAddress(
  request: Named & { instanceId?: string; instanceType?: string; privateIpAddress?: string },
  call: Call,
): Promise<Record<never, never>> {
  instancesOnly(call, request.instanceType);
  const row = await ownEip(call, request);
  const named =
    request.instanceId === undefined ? undefined : await findInstance(call.db, call.accountId, request.instanceId);
  if (request.instanceId !== undefined && !named) throw call.error('InvalidInstanceId.NotFound');
  if (!allows(eipCan.unassociate, row.status)) throw incorrectStatus(call, row);
  const instance = (await findInstance(call.db, call.accountId, row.instanceId!))!;
  if (named && named.id !== instance.id) throw call.error('InvalidBindingStatus');
  if (request.privateIpAddress !== undefined && request.privateIpAddress !== instance.privateIp)
    throw call.error('InvalidBindingStatus');
  if (!allows(instanceCan.changeEip, instance.status)) {
    throw call.error('IncorrectInstanceStatus', { hint: `${instance.id} is ${instance.status}.` });
  }
  await move(call, row, 'Unassociating', instance.id);
  return {};
}

export async function releaseEipAddress(request: Named, call: Call): Promise<Record<never, never>> {
  const row = await ownEip(call, request);
  if (!allows(eipCan.release, row.status)) throw incorrectStatus(call, row);
  await deleteTags(call.db, 'eip', [row.id]);
  await deleteEip(call.db, row.id);
  return {};
}

export async function modifyEipAddressAttribute(
  request: Named & { bandwidth?: string; name?: string; description?: string },
  call: Call,
): Promise<Record<never, never>> {
  const row = await ownEip(call, request);
  checkWords(call, request);
  if (!allows(eipCan.modify, row.status)) throw incorrectStatus(call, row);
  await updateEip(call.db, row.id, {
    name: request.name ?? row.name,
    description: request.description ?? row.description,
    bandwidth:
      request.bandwidth === undefined ? row.bandwidth : readBandwidth(call, row.internetChargeType, request.bandwidth),
  });
  return {};
}

/** The caller's, in the region that was named, if any was. */
async function ownEip(call: Call, { regionId, allocationId }: Named): Promise<EipRow> {
  const row = await findEip(call.db, call.accountId, allocationId);
  if (!row || (regionId !== undefined && call.region(regionId).regionId !== row.regionId))
    throw call.error('InvalidAllocationId.NotFound');
  return row;
}

async function move(
  call: Call,
  { id, regionId }: EipRow,
  status: 'Associating' | 'Unassociating',
  instanceId: string,
): Promise<void> {
  await updateEip(call.db, id, { status, instanceId });
  await call.enqueue('moveEip', { allocationId: id, instanceId }, { regionId, resourceId: id });
}

const incorrectStatus = (call: Call, { id, status }: EipRow) =>
  call.error('IncorrectEipStatus', { hint: `${id} is ${status}.` });

function instancesOnly(call: Call, type: string | undefined): void {
  oneOf(call, type, INSTANCE_TYPES, 'InvalidInstanceType.ValueNotSupported');
  if (type !== undefined && type !== 'EcsInstance') {
    throw call.error('InvalidInstanceType.ValueNotSupported', {
      about: 'InstanceType is not supported',
      hint: 'Elastic IPs lead to instances alone here.',
    });
  }
}

function chargeType(call: Call, text = 'PayByBandwidth'): EipRow['internetChargeType'] {
  if (text !== 'PayByBandwidth' && text !== 'PayByTraffic')
    throw call.error('InvalidParameter', { about: 'InternetChargeType' });
  return text;
}

function readBandwidth(call: Call, type: EipRow['internetChargeType'], text: string): number {
  const bandwidth = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (bandwidth < 1 || bandwidth > MAX_BANDWIDTH[type]) {
    throw call.error('InvalidParameter', { about: '"Bandwidth"', hint: `It is 1 to ${MAX_BANDWIDTH[type]}.` });
  }
  return bandwidth;
}

function checkWords(call: Call, { name = '', description = '' }: { name?: string; description?: string }): void {
  const isFine = (text: string, most: number) => text.length <= most && !/^https?:\/\//i.test(text);
  const invalid = (hint: string) => call.error('InvalidParameter', { about: 'parameter is not valid', hint });
  if (!isFine(name, MAX_NAME)) throw invalid('Name');
  if (!isFine(description, MAX_DESCRIPTION)) throw invalid('Description');
}

/** A comma list of ids or addresses. */
function listed(call: Call, text: string | undefined): string[] | undefined {
  if (text === undefined) return undefined;
  const ids = commaIds(text);
  if (!ids || ids.length > MAX_LISTED) {
    throw call.error('InvalidParameter', { about: 'parameter is not valid', hint: `At most ${MAX_LISTED} at once.` });
  }
  return ids;
}

function eipItem(row: EipRow, tags: TagShown[] = []) {
  const isBound = row.instanceId !== null;
  return {
    allocationId: row.id,
    allocationTime: secondsTime(row.createdAt),
    ipAddress: row.ipAddress,
    name: row.name,
    description: row.description,
    status: row.status,
    regionId: row.regionId,
    instanceId: row.instanceId ?? '',
    instanceType: isBound ? 'EcsInstance' : '',
    instanceRegionId: isBound ? row.regionId : '',
    bandwidth: String(row.bandwidth),
    eipBandwidth: String(row.bandwidth),
    internetChargeType: row.internetChargeType,
    chargeType: 'PostPaid',
    expiredTime: '',
    ISP: row.isp,
    netmode: 'public',
    mode: 'NAT',
    privateIpAddress: '',
    businessStatus: 'Normal',
    deletionProtection: false,
    hasReservationData: 'false',
    secondLimited: false,
    serviceManaged: 0,
    bandwidthPackageId: '',
    bandwidthPackageType: '',
    publicIpAddressPoolId: '',
    segmentInstanceId: '',
    resourceGroupId: row.resourceGroupId,
    operationLocks: { lockReason: [] },
    securityProtectionTypes: { securityProtectionType: [] },
    tags: { tag: vpcTags(tags) },
  };
}
