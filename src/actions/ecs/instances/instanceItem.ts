import type { ResponseOf } from '../../../contract/sdk.ts';
import { tagsOf, type TagShown } from '../../tags.ts';
import { eipsOfInstances, type EipRow } from '../../../records/tables/eips.ts';
import { securityGroupsOf, type InstanceRow } from '../../../records/tables/instances.ts';
import { findInstanceType } from '../../../rules/instanceTypes.ts';
import { minutesTime } from '../../../rules/times.ts';
import type { Call } from '../../call.ts';

type Item = NonNullable<NonNullable<ResponseOf<'Ecs', 'DescribeInstances'>['instances']>['instance']>[number];

/** Names the driver on each described instance. Clients leave `acs:` tags alone. */
const DRIVER_TAG = 'acs:tongjing:driver';
const EMPTY = 'none: its system disk is empty';
/** Says of a stopped instance why, when nobody asked for it. */
const FAULT_TAG = 'acs:tongjing:fault';
const LONGEST_TAG_VALUE = 128;

/** ExpiredTime of what is paid as it is used. */
const NEVER = '2099-12-31T15:59Z';

const MIB_PER_GIB = 1024;

/** Rows as DescribeInstances shows them, in the same order. */
export async function instanceItems(call: Call, rows: readonly InstanceRow[]): Promise<Item[]> {
  const ids = rows.map(({ id }) => id);
  const tags = await tagsOf(call.db, 'instance', ids);
  const groups = await securityGroupsOf(call.db, ids);
  const eips = await eipsOfInstances(call.db, ids);
  return rows.map((row) =>
    instanceItem(row, { securityGroupIds: groups.get(row.id) ?? [], eip: eips.get(row.id) }, [
      ...(tags.get(row.id) ?? []),
      { tagKey: DRIVER_TAG, tagValue: row.hasNoSystem ? EMPTY : call.driver },
      ...faultTag(row),
    ]),
  );
}

/** Where files lie on the host is not for tenants. */
function faultTag({ status, faultReason }: InstanceRow): TagShown[] {
  if (status !== 'Stopped' || faultReason === null) return [];
  return [{ tagKey: FAULT_TAG, tagValue: faultReason.replaceAll(/\/\S+/g, '…').slice(0, LONGEST_TAG_VALUE) }];
}

interface Around {
  securityGroupIds: string[];
  eip: EipRow | undefined;
}

function instanceItem(row: InstanceRow, around: Around, tags: TagShown[]): Item {
  const type = findInstanceType(row.instanceType);
  return {
    ...commonFields(row, around),
    instanceTypeFamily: type?.family ?? '',
    GPUAmount: type?.gpuAmount ?? 0,
    GPUSpec: type?.gpuSpec ?? '',
    cpuOptions: cpuOptions(row),
    ioOptimized: row.ioOptimized === 1,
    OSName: row.osName,
    OSNameEn: row.osNameEn,
    OSType: row.osType,
    startTime: row.startedAt === null ? '' : minutesTime(row.startedAt),
    autoReleaseTime: row.autoReleaseAt === null ? '' : minutesTime(row.autoReleaseAt),
    keyPairName: row.keyPairName ?? '',
    deletionProtection: row.deletionProtection === 1,
    deviceAvailable: true,
    recyclable: false,
    saleCycle: '',
    spotStrategy: row.spotStrategy,
    spotPriceLimit: 0,
    resourceGroupId: row.resourceGroupId,
    hpcClusterId: '',
    deploymentSetId: '',
    networkInterfaces: { networkInterface: row.networkType === 'vpc' ? [primaryInterface(row)] : [] },
    rdmaIpAddress: { ipAddress: [] },
    metadataOptions: {
      httpEndpoint: row.httpEndpoint,
      httpTokens: row.httpTokens,
      httpPutResponseHopLimit: row.httpHopLimit,
    },
    imageOptions: { loginAsNonRoot: false },
    hibernationOptions: { configured: false },
    dedicatedHostAttribute: { dedicatedHostId: '', dedicatedHostName: '', dedicatedHostClusterId: '' },
    dedicatedInstanceAttribute: { affinity: '', tenancy: '' },
    ecsCapacityReservationAttr: { capacityReservationId: '', capacityReservationPreference: '' },
    tags: { tag: tags },
  };
}

/** What DescribeInstances and DescribeInstanceAttribute both show. */
export function commonFields(row: InstanceRow, { securityGroupIds, eip }: Around) {
  const type = findInstanceType(row.instanceType);
  const isVpc = row.networkType === 'vpc';
  return {
    instanceId: row.id,
    instanceName: row.name,
    description: row.description,
    hostName: row.hostName,
    regionId: row.regionId,
    zoneId: row.zoneId,
    clusterId: row.clusterId ?? '',
    status: row.status,
    stoppedMode: row.stoppedMode,
    imageId: row.imageId,
    instanceType: row.instanceType,
    cpu: type?.cpuCoreCount ?? 0,
    memory: (type?.memoryGib ?? 0) * MIB_PER_GIB,
    serialNumber: row.serialNumber,
    creationTime: minutesTime(row.createdAt),
    expiredTime: row.expiredAt === null ? NEVER : minutesTime(row.expiredAt),
    instanceChargeType: row.chargeType,
    internetChargeType: row.internetChargeType,
    internetMaxBandwidthIn: row.internetMaxBandwidthIn,
    internetMaxBandwidthOut: row.internetMaxBandwidthOut,
    creditSpecification: row.creditSpecification ?? '',
    instanceNetworkType: row.networkType,
    vlanId: '',
    securityGroupIds: { securityGroupId: securityGroupIds },
    publicIpAddress: { ipAddress: row.publicIp === null ? [] : [row.publicIp] },
    innerIpAddress: { ipAddress: isVpc ? [] : [row.privateIp] },
    vpcAttributes: {
      vpcId: row.vpcId ?? '',
      vSwitchId: row.vSwitchId ?? '',
      natIpAddress: '',
      privateIpAddress: { ipAddress: isVpc ? [row.privateIp] : [] },
    },
    eipAddress: {
      allocationId: eip?.id ?? '',
      ipAddress: eip?.ipAddress ?? '',
      internetChargeType: eip?.internetChargeType ?? '',
      ...(eip && { bandwidth: eip.bandwidth, isSupportUnassociate: true }),
    },
    operationLocks: { lockReason: [] },
  };
}

function primaryInterface(row: InstanceRow) {
  return {
    networkInterfaceId: row.networkInterfaceId,
    macAddress: row.macAddress,
    primaryIpAddress: row.privateIp,
    type: 'Primary',
    privateIpSets: { privateIpSet: [{ privateIpAddress: row.privateIp, primary: true }] },
    ipv6Sets: { ipv6Set: [] },
    ipv4PrefixSets: { ipv4PrefixSet: [] },
    ipv6PrefixSets: { ipv6PrefixSet: [] },
  };
}

function cpuOptions(row: InstanceRow) {
  const type = findInstanceType(row.instanceType);
  const cpus = type?.cpuCoreCount ?? 1;
  const threadsPerCore = type?.architecture === 'ARM' || cpus < 2 ? 1 : 2;
  return { coreCount: Math.floor(cpus / threadsPerCore), threadsPerCore, numa: '' };
}
