import type { RequestOf, ResponseOf } from '../../../contract/sdk.ts';
import { listInstances, securityGroupsOf, type InstanceRow } from '../../../records/tables/instances.ts';
import { secondsTime } from '../../../rules/times.ts';
import { action } from '../../action.ts';
import { listAnswer, listWindow } from '../../listWindow.ts';
import { tagFilter, tagsOf, type TagShown } from '../../tags.ts';

type Request = RequestOf<'Ecs', 'DescribeNetworkInterfaces'>;
type Item = NonNullable<
  NonNullable<ResponseOf<'Ecs', 'DescribeNetworkInterfaces'>['networkInterfaceSets']>['networkInterfaceSet']
>[number];

const MAX_RESULTS = 500;

/** Each instance has one interface, its primary one. */
export const DescribeNetworkInterfaces = action(
  'Ecs',
  'DescribeNetworkInterfaces',
  { access: 'read' },
  async (request, call) => {
    const { regionId } = call.region(request.regionId);
    const window = listWindow(call, request, { maxResults: MAX_RESULTS });
    const filter = {
      accountId: call.accountId,
      regionId,
      ids: request.instanceId === undefined ? undefined : [request.instanceId],
      networkInterfaceIds: request.networkInterfaceId,
      vpcId: request.vpcId,
      vSwitchId: request.vSwitchId,
      securityGroupId: request.securityGroupId,
      privateIps: request.primaryIpAddress === undefined ? request.privateIpAddress : [request.primaryIpAddress],
      resourceGroupId: request.resourceGroupId,
      networkType: 'vpc' as const,
      taggedInterfaces: tagFilter(call, { resourceType: 'eni', regionId }, request.tag),
    };
    const found = matchesNothing(request) ? { rows: [], total: 0 } : await listInstances(call.db, filter, window);
    const { rows, counts } = listAnswer(window, found);
    const groups = await securityGroupsOf(
      call.db,
      rows.map(({ id }) => id),
    );
    const tags = await tagsOf(
      call.db,
      'eni',
      rows.map(({ networkInterfaceId }) => networkInterfaceId),
    );
    return {
      ...counts,
      networkInterfaceSets: {
        networkInterfaceSet: rows.map((row) =>
          interfaceItem(row, groups.get(row.id) ?? [], tags.get(row.networkInterfaceId) ?? []),
        ),
      },
    };
  },
);

function matchesNothing(request: Request): boolean {
  return (
    (request.type !== undefined && request.type !== 'Primary') ||
    (request.status !== undefined && request.status !== 'InUse') ||
    request.networkInterfaceName !== undefined ||
    request.serviceManaged === true ||
    (request.ipv6Address ?? []).length > 0
  );
}

function interfaceItem(row: InstanceRow, securityGroupIds: string[], tags: TagShown[]): Item {
  return {
    networkInterfaceId: row.networkInterfaceId,
    networkInterfaceName: '',
    description: '',
    type: 'Primary',
    status: 'InUse',
    instanceId: row.id,
    zoneId: row.zoneId,
    vpcId: row.vpcId ?? '',
    vSwitchId: row.vSwitchId ?? '',
    macAddress: row.macAddress,
    privateIpAddress: row.privateIp,
    privateIpSets: { privateIpSet: [{ privateIpAddress: row.privateIp, primary: true }] },
    ipv6Sets: { ipv6Set: [] },
    ipv4PrefixSets: { ipv4PrefixSet: [] },
    ipv6PrefixSets: { ipv6PrefixSet: [] },
    associatedPublicIp: { publicIpAddress: row.publicIp ?? '', allocationId: '' },
    attachment: { instanceId: row.id, deviceIndex: 0, networkCardIndex: 0, trunkNetworkInterfaceId: '' },
    securityGroupIds: { securityGroupId: securityGroupIds },
    networkInterfaceTrafficMode: 'Standard',
    deleteOnRelease: true,
    sourceDestCheck: true,
    serviceManaged: false,
    ownerId: row.accountId,
    resourceGroupId: row.resourceGroupId,
    creationTime: secondsTime(row.createdAt),
    tags: { tag: tags },
  };
}
