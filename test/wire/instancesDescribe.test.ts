import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import sdk from '@alicloud/ecs20140526';
import { createInstanceWorld, REGION, ZONE, type InstanceWorld, type Launcher } from './instanceWorld.ts';
import { makeRole } from './ramClient.ts';

let world: InstanceWorld;
let alice: Launcher;
let ids: string[];
before(async () => {
  world = await createInstanceWorld();
  alice = await world.launcher();
  ids = await alice.run({ amount: 3, instanceName: 'web-[1,1]', tag: [tag('use', 'web')] });
});
after(() => world[Symbol.asyncDispose]());

const tag = (key: string, value: string) => new sdk.RunInstancesRequestTag({ key, value });

type Query = ConstructorParameters<typeof sdk.DescribeInstancesRequest>[0];

async function describe(query: Query = {}, party: Launcher = alice) {
  const { body } = await party.ecs.describeInstances(new sdk.DescribeInstancesRequest({ regionId: REGION, ...query }));
  return body!;
}

const found = async (query: Query, party = alice): Promise<string[]> =>
  (await describe(query, party)).instances!.instance!.map(({ instanceId }) => instanceId!);

test('filters find what they name and nothing else', async () => {
  const carol = await world.launcher();
  await carol.ecs.createKeyPair(new sdk.CreateKeyPairRequest({ regionId: REGION, keyPairName: 'login' }));
  const [one] = await carol.run({
    instanceName: 'web_1',
    keyPairName: 'login',
    internetMaxBandwidthOut: 1,
    resourceGroupId: 'rg-web',
    tag: [tag('use', 'web')],
  });
  const [two] = await carol.run({ instanceName: 'webx1', instanceType: 'ecs.c6.large', tag: [tag('use', 'db')] });
  await world.change('instances', two!, { status: 'Stopped', createdAt: Date.UTC(2020, 0, 2, 3, 4, 5) });
  const row = (await world.row('instances', one!))!;
  const both = [one!, two!];
  const filter = (key: string, value: string) => new sdk.DescribeInstancesRequestFilter({ key, value });
  const tagged = (key: string, value?: string) => [
    new sdk.DescribeInstancesRequestTag({ key, ...(value !== undefined && { value }) }),
  ];
  const cases: [query: Query, expected: string[]][] = [
    [{}, both],
    [{ regionId: 'cn-beijing' }, []],
    [{ instanceIds: JSON.stringify([one, ids[0], 'i-none']) }, [one!]],
    [{ instanceIds: '[]' }, []],
    [{ instanceName: 'web*' }, both],
    [{ instanceName: 'web_1' }, [one!]],
    [{ status: 'Running' }, [one!]],
    [{ status: 'Starting' }, []],
    [{ imageId: carol.imageId }, both],
    [{ imageId: 'm-none' }, []],
    [{ instanceType: 'ecs.c6.large' }, [two!]],
    [{ instanceTypeFamily: 'ecs.g6' }, [one!]],
    [{ instanceTypeFamily: 'ecs.g6', instanceType: 'ecs.c6.large' }, []],
    [{ zoneId: ZONE }, both],
    [{ zoneId: 'cn-hangzhou-b' }, []],
    [{ vpcId: carol.vpcId, vSwitchId: carol.vSwitchId, securityGroupId: carol.securityGroupId }, both],
    [{ vpcId: alice.vpcId }, []],
    [{ securityGroupId: 'sg-none' }, []],
    [{ keyPairName: 'login', maxResults: 50 }, [one!]],
    [{ instanceNetworkType: 'vpc' }, both],
    [{ instanceNetworkType: 'classic' }, []],
    [{ instanceChargeType: 'PrePaid' }, []],
    [{ internetChargeType: 'PayByTraffic' }, both],
    [{ ioOptimized: false }, []],
    [{ httpTokens: 'required' }, []],
    [{ httpEndpoint: 'enabled' }, both],
    [{ resourceGroupId: 'rg-web' }, [one!]],
    [{ privateIpAddresses: JSON.stringify([row.privateIp]) }, [one!]],
    [{ publicIpAddresses: JSON.stringify([row.publicIp]) }, [one!]],
    [{ eipAddresses: '["1.2.3.4"]' }, []],
    [{ rdmaIpAddresses: '10.0.0.1' }, []],
    [{ ipv6Address: ['::1'] }, []],
    [{ lockReason: 'security' }, []],
    [{ deviceAvailable: false }, []],
    [{ tag: tagged('use') }, both],
    [{ tag: tagged('use', 'web') }, [one!]],
    [{ filter: [filter('CreationEndTime', '2020-01-02T03:04Z')] }, [two!]],
    [{ filter: [filter('CreationStartTime', '2020-01-02T03:05Z')] }, [one!]],
  ];
  for (const [query, expected] of cases) {
    assert.deepEqual((await found(query, carol)).sort(), [...expected].sort(), JSON.stringify(query));
  }
});

test('filters out of their range are refused', async () => {
  const filter = (key: string, value: string) => [new sdk.DescribeInstancesRequestFilter({ key, value })];
  const cases: [query: Query, code: string, status: number][] = [
    [{ status: 'Gone' }, 'InvalidStatus.NotFound', 404],
    [{ instanceIds: 'i-1' }, 'InvalidParameter', 400],
    [{ instanceIds: JSON.stringify(Array(101).fill('i-1')) }, 'InvalidParameter', 400],
    [{ privateIpAddresses: '1.2.3.4' }, 'InvalidParameter', 400],
    [{ instanceNetworkType: 'other' }, 'InvalidNetworkType.NotFound', 404],
    [{ instanceChargeType: 'other' }, 'InvalidInstanceChargeType.NotFound', 404],
    [{ internetChargeType: 'other' }, 'InvalidInternetChargeType.ValueNotSupported', 404],
    [{ lockReason: 'other' }, 'InvalidLockReason.NotFound', 404],
    [{ hpcClusterId: 'hpc-1' }, 'InvalidHpcClusterId.NotFound', 400],
    [{ filter: filter('Color', 'red') }, 'InvalidFilterKey.NotFound', 404],
    [{ filter: filter('CreationStartTime', 'soon') }, 'InvalidFilterValue', 404],
    [{ pageNumber: 0 }, 'InvalidParameter', 400],
    [{ pageSize: 101 }, 'InvalidParameter', 400],
    [{ nextToken: 'x' }, 'InvalidParameter', 400],
    [{ regionId: 'cn-nowhere' }, 'InvalidRegionId.NotFound', 404],
    [{ tag: [new sdk.DescribeInstancesRequestTag({ value: 'x' })] }, 'InvalidTag.Mismatch', 400],
    [{ dryRun: true }, 'DryRunOperation', 400],
  ];
  for (const [query, code, status] of cases) await world.refuses(code, status, () => describe(query));
});

test('pages by number and by token walk through all, newest first', async () => {
  const carol = await world.launcher();
  const made = await carol.run({ amount: 12 });
  for (const [index, id] of made.entries())
    await world.change('instances', id, { createdAt: 1_000_000 + (index >> 1) });
  const all = await describe({ pageSize: 100 }, carol);
  assert.partialDeepStrictEqual(all, { totalCount: 12, pageNumber: 1, pageSize: 100, nextToken: '' });
  const order = all.instances!.instance!.map(({ instanceId }) => instanceId!);
  const createdAt = new Map(made.map((id, index) => [id, index >> 1]));
  assert.ok(order.every((id, index) => index === 0 || createdAt.get(order[index - 1]!)! >= createdAt.get(id)!));

  const second = await describe({ pageNumber: 2, pageSize: 5 }, carol);
  assert.deepEqual(
    second.instances!.instance!.map(({ instanceId }) => instanceId),
    order.slice(5, 10),
  );
  assert.partialDeepStrictEqual(second, { totalCount: 12, pageNumber: 2, pageSize: 5 });

  const first = await describe({ maxResults: 3 }, carol);
  assert.equal(first.instances!.instance!.length, 10, 'a walk by token gives at least ten');
  const rest = await describe({ maxResults: 10, nextToken: first.nextToken! }, carol);
  assert.deepEqual(
    [...first.instances!.instance!, ...rest.instances!.instance!].map(({ instanceId }) => instanceId),
    order,
  );
  assert.equal(rest.nextToken, '');
  const afterPage = await describe({ nextToken: second.nextToken! }, carol);
  assert.deepEqual(
    afterPage.instances!.instance!.map(({ instanceId }) => instanceId),
    order.slice(10),
  );
});

test("another account's instances are never seen", async () => {
  const bob = await world.launcher();
  assert.deepEqual(await found({ instanceIds: JSON.stringify(ids) }, bob), []);
  assert.equal((await describe({}, bob)).totalCount, 0);
});

test('DescribeInstanceStatus', async () => {
  const status = async (of: ConstructorParameters<typeof sdk.DescribeInstanceStatusRequest>[0]) =>
    (await alice.ecs.describeInstanceStatus(new sdk.DescribeInstanceStatusRequest({ regionId: REGION, ...of }))).body!;
  const body = await status({ instanceId: [ids[0]!, 'i-none'] });
  assert.deepEqual(body.toMap(), {
    RequestId: body.requestId,
    TotalCount: 1,
    PageNumber: 1,
    PageSize: 10,
    InstanceStatuses: { InstanceStatus: [{ InstanceId: ids[0], Status: 'Running' }] },
  });
  assert.equal((await status({ pageSize: 2 })).instanceStatuses!.instanceStatus!.length, 2);
  assert.equal((await status({ zoneId: 'cn-hangzhou-b' })).totalCount, 0);
  await world.refuses('InvalidParameter', 400, () => status({ pageSize: 51 }));
  await world.refuses('InvalidParameter.TooManyInstanceIds', 403, () =>
    status({ instanceId: Array.from({ length: 101 }, (_, index) => `i-${index}`) }),
  );
});

test('DescribeInstanceAttribute', async () => {
  const attribute = async (instanceId: string, of: Launcher = alice) =>
    (await of.ecs.describeInstanceAttribute(new sdk.DescribeInstanceAttributeRequest({ instanceId }))).body!;
  const shown = (await attribute(ids[0]!)).toMap() as object;
  assert.partialDeepStrictEqual(shown, {
    InstanceId: ids[0],
    InstanceName: 'web-1',
    Status: 'Running',
    Memory: 8192,
    Cpu: 2,
    IoOptimized: 'optimized',
    SecurityGroupIds: { SecurityGroupId: [alice.securityGroupId] },
    PublicIpAddress: { IpAddress: [] },
    InnerIpAddress: { IpAddress: [] },
    EipAddress: { IpAddress: '' },
    OperationLocks: { LockReason: [] },
    VpcAttributes: { VpcId: alice.vpcId, VSwitchId: alice.vSwitchId },
  });
  const bob = await world.launcher();
  await world.refuses('InvalidInstanceId.NotFound', 404, () => attribute('i-none'));
  await world.refuses('InvalidInstanceId.NotFound', 404, () => attribute(ids[0]!, bob));
});

test("what Terraform's refresh reads", async () => {
  await makeRole(world.world, alice, 'role');
  const { id } = await alice.running({ userData: 'IyEvYmluL3No', ramRoleName: 'role' });
  const { ecs } = alice;
  const instanceIds = JSON.stringify([id]);
  const userData = (instanceId: string, regionId = REGION) =>
    ecs.describeUserData(new sdk.DescribeUserDataRequest({ regionId, instanceId }));
  assert.equal((await userData(id)).body!.userData, 'IyEvYmluL3No');
  assert.equal((await userData(ids[0]!)).body!.userData, '');
  await world.refuses('InvalidInstanceId.NotFound', 404, () => userData('i-none'));
  await world.refuses('InvalidInstanceId.NotFound', 404, () => userData(id, 'cn-beijing'));

  const roles = await ecs.describeInstanceRamRole(
    new sdk.DescribeInstanceRamRoleRequest({ regionId: REGION, instanceIds }),
  );
  assert.partialDeepStrictEqual(roles.body!.toMap(), {
    TotalCount: 1,
    RegionId: REGION,
    InstanceRamRoleSets: { InstanceRamRoleSet: [{ InstanceId: id, RamRoleName: 'role' }] },
  });
  const byRole = await ecs.describeInstanceRamRole(
    new sdk.DescribeInstanceRamRoleRequest({ regionId: REGION, ramRoleName: 'other' }),
  );
  assert.equal(byRole.body!.totalCount, 0);
  await world.refuses('InvalidParameter', 400, () =>
    ecs.describeInstanceRamRole(new sdk.DescribeInstanceRamRoleRequest({ regionId: REGION, instanceIds: id })),
  );

  const maintenance = await ecs.describeInstanceMaintenanceAttributes(
    new sdk.DescribeInstanceMaintenanceAttributesRequest({ regionId: REGION, instanceId: [id] }),
  );
  assert.deepEqual(
    maintenance.body!.maintenanceAttributes!.maintenanceAttribute!.map((item) => item.toMap()),
    [
      {
        InstanceId: id,
        ActionOnMaintenance: { Value: 'Stop', DefaultValue: 'Stop', SupportedValues: { SupportedValue: ['Stop'] } },
        NotifyOnMaintenance: false,
        MaintenanceWindows: { MaintenanceWindow: [] },
      },
    ],
  );

  const attachment = await ecs.describeInstanceAttachmentAttributes(
    new sdk.DescribeInstanceAttachmentAttributesRequest({ regionId: REGION, instanceIds }),
  );
  assert.deepEqual(
    attachment.body!.instances!.instance!.map((item) => item.toMap()),
    [{ InstanceId: id, PrivatePoolOptionsId: '', PrivatePoolOptionsMatchCriteria: 'None' }],
  );
});

test('DescribeNetworkInterfaces', async () => {
  const row = (await world.row('instances', ids[0]!))!;
  const interfaces = async (of: ConstructorParameters<typeof sdk.DescribeNetworkInterfacesRequest>[0]) => {
    const request = new sdk.DescribeNetworkInterfacesRequest({ regionId: REGION, ...of });
    return (await alice.ecs.describeNetworkInterfaces(request)).body!.networkInterfaceSets!.networkInterfaceSet!;
  };
  const [shown, ...others] = await interfaces({ networkInterfaceId: [row.networkInterfaceId] });
  assert.equal(others.length, 0);
  assert.partialDeepStrictEqual(shown!.toMap() as object, {
    NetworkInterfaceId: row.networkInterfaceId,
    Type: 'Primary',
    Status: 'InUse',
    InstanceId: row.id,
    MacAddress: row.macAddress,
    PrivateIpAddress: row.privateIp,
    PrivateIpSets: { PrivateIpSet: [{ PrivateIpAddress: row.privateIp, Primary: true }] },
    Ipv6Sets: { Ipv6Set: [] },
    SecurityGroupIds: { SecurityGroupId: [alice.securityGroupId] },
    Attachment: { InstanceId: row.id, NetworkCardIndex: 0 },
    Tags: { Tag: [{ TagKey: 'use', TagValue: 'web' }] },
  });
  assert.equal((await interfaces({ instanceId: ids[1]! })).length, 1);
  assert.equal((await interfaces({ primaryIpAddress: row.privateIp })).length, 1);
  assert.equal((await interfaces({ privateIpAddress: [row.privateIp], vSwitchId: alice.vSwitchId })).length, 1);
  for (const none of [{ type: 'Secondary' }, { status: 'Available' }, { networkInterfaceName: 'x' }]) {
    assert.equal((await interfaces(none)).length, 0, JSON.stringify(none));
  }
});
