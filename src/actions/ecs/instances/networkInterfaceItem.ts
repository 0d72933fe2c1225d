import type { ResponseOf } from '../../../contract/sdk.ts';
import { eipsOfInstances, type EipRow } from '../../../records/tables/eips.ts';
import { securityGroupsOf, type InstanceRow } from '../../../records/tables/instances.ts';
import { secondsTime } from '../../../rules/times.ts';
import type { Call } from '../../call.ts';
import { tagsOf, type TagShown } from '../../tags.ts';

type Item = NonNullable<
  NonNullable<ResponseOf<'Ecs', 'DescribeNetworkInterfaces'>['networkInterfaceSets']>['networkInterfaceSet']
>[number];

interface Around {
  securityGroupIds: string[];
  eip: EipRow | undefined;
  tags: TagShown[];
}

/** The one interface of each instance, its primary one, in the same order. */
export async function networkInterfaceItems(call: Call, rows: readonly InstanceRow[]) {
  const ids = rows.map(({ id }) => id);
  const groups = await securityGroupsOf(call.db, ids);
  const eips = await eipsOfInstances(call.db, ids);
  const tags = await tagsOf(
    call.db,
    'eni',
    rows.map(({ networkInterfaceId }) => networkInterfaceId),
  );
  return rows.map((row) =>
    item(row, {
      securityGroupIds: groups.get(row.id) ?? [],
      eip: eips.get(row.id),
      tags: tags.get(row.networkInterfaceId) ?? [],
    }),
  );
}

function item(row: InstanceRow, { securityGroupIds, eip, tags }: Around) {
  const associatedPublicIp = {
    publicIpAddress: eip?.ipAddress ?? row.publicIp ?? '',
    allocationId: eip?.id ?? '',
  };
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
    privateIpSets: { privateIpSet: [{ privateIpAddress: row.privateIp, primary: true, associatedPublicIp }] },
    ipv6Sets: { ipv6Set: [] },
    ipv4PrefixSets: { ipv4PrefixSet: [] },
    ipv6PrefixSets: { ipv6PrefixSet: [] },
    associatedPublicIp,
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
  } satisfies Item;
}
