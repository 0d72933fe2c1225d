import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { MISSING_VPC, MISSING_VSWITCH, newVpc, newVSwitch, vpcsOf, vSwitchesOf } from './networkVerbs.ts';
import { createNetworkWorld, idsOf, type Body, type NetworkWorld } from './networkWorld.ts';

let world: NetworkWorld;
before(async () => {
  world = await createNetworkWorld();
});
after(() => world[Symbol.asyncDispose]());

test('both products show the same VPCs and vSwitches', async () => {
  const caller = await world.caller();
  const vpcId = (await caller.ecs('CreateVpc', { cidrBlock: '192.168.0.0/16', userCidr: '10.9.0.0/16' }))['VpcId'];
  const vSwitchId = await newVSwitch(caller, vpcId, '192.168.0.0/24');
  const [vpc] = await vpcsOf(caller);
  assert.deepEqual(vpc!['UserCidrs'], { UserCidr: ['10.9.0.0/16'] });
  assert.equal((await caller.ecs('DescribeVSwitches'))['VSwitches'].VSwitch[0].VSwitchId, vSwitchId);
});

test('the Vpc product shows what Terraform reads, with every list there', async () => {
  const caller = await world.caller();
  const {
    VpcId: vpcId,
    VRouterId,
    RouteTableId,
  } = await caller.vpc('CreateVpc', {
    cidrBlock: '10.0.0.0/8',
    resourceGroupId: 'rg-acfmxazb4ph6aiy',
    tag: [{ key: 'env', value: 'test' }],
  });
  const vSwitchId = await newVSwitch(caller, vpcId, '10.0.0.0/24', { tag: [{ key: 'tier', value: 'web' }] });
  const attribute = await caller.vpc('DescribeVpcAttribute', { vpcId });
  assert.partialDeepStrictEqual(attribute, {
    VpcId: vpcId,
    VpcName: '',
    Status: 'Available',
    CidrBlock: '10.0.0.0/8',
    VRouterId,
    ResourceGroupId: 'rg-acfmxazb4ph6aiy',
    IsDefault: false,
    Ipv6CidrBlock: '',
    EnabledIpv6: false,
    ClassicLinkEnabled: false,
    OwnerId: Number(caller.accountId),
    SecondaryCidrBlocks: { SecondaryCidrBlock: [] },
    UserCidrs: { UserCidr: [] },
    VSwitchIds: { VSwitchId: [vSwitchId] },
    AssociatedCens: { AssociatedCen: [] },
    Tags: { Tag: [{ Key: 'env', Value: 'test' }] },
  });
  const resources: Body[] = attribute['CloudResources'].CloudResourceSetType;
  assert.equal(resources.find(({ ResourceType }) => ResourceType === 'VSwitch')!['ResourceCount'], 1);

  const [vpc] = await vpcsOf(caller);
  assert.deepEqual(vpc!['RouterTableIds'], { RouterTableIds: [RouteTableId] });
  assert.deepEqual(vpc!['NatGatewayIds'], { NatGatewayIds: [] });

  const vSwitch = await caller.vpc('DescribeVSwitchAttributes', { vSwitchId });
  assert.partialDeepStrictEqual(vSwitch, {
    VSwitchId: vSwitchId,
    VpcId: vpcId,
    Status: 'Available',
    CidrBlock: '10.0.0.0/24',
    ZoneId: 'cn-hangzhou-h',
    VSwitchName: '',
    ResourceGroupId: 'rg-acfmxazb4ph6aiy',
    RouteTable: { RouteTableId, RouteTableType: 'System' },
    Tags: { Tag: [{ Key: 'tier', Value: 'web' }] },
  });
  await caller.vpc('DeleteVSwitch', { vSwitchId });
  await world.refuses('InvalidVSwitchId.NotFound', 404, () => caller.vpc('DescribeVSwitchAttributes', { vSwitchId }));
  await caller.vpc('DeleteVpc', { vpcId });
  await world.refuses('InvalidVpcId.NotFound', 404, () => caller.vpc('DescribeVpcAttribute', { vpcId }));
});

test('each VPC has its system route table', async () => {
  const caller = await world.caller();
  const { VpcId: vpcId, VRouterId, RouteTableId } = await caller.vpc('CreateVpc');
  await newVpc(caller);
  const vSwitchId = await newVSwitch(caller, vpcId, '172.16.0.0/24');
  const list = async (parameters: object): Promise<Body> => caller.vpc('DescribeRouteTableList', { ...parameters });
  const body = await list({ vpcId });
  assert.deepEqual([body['TotalCount'], body['PageNumber'], body['PageSize']], [1, 1, 10]);
  assert.partialDeepStrictEqual(body['RouterTableList'].RouterTableListType[0], {
    VpcId: vpcId,
    RouteTableId,
    RouterId: VRouterId,
    RouterType: 'VRouter',
    RouteTableType: 'System',
    Status: 'Available',
    VSwitchIds: { VSwitchId: [vSwitchId] },
    Tags: { Tag: [] },
  });
  const count = async (parameters: object) => (await list(parameters))['TotalCount'];
  assert.equal(await count({}), 2);
  assert.equal(await count({ routeTableId: RouteTableId }), 1);
  assert.equal(await count({ routerId: VRouterId, routerType: 'VRouter' }), 1);
  assert.equal(await count({ routerType: 'VBR' }), 0);
  assert.equal(await count({ routeTableType: 'Custom' }), 0);
  assert.equal(await count({ routeTableName: 'x' }), 0);
  assert.equal(await count({ tag: [{ key: 'a', value: 'b' }] }), 0);
  assert.equal(await count({ vpcId: MISSING_VPC }), 0);
});

test('lists are filtered and paged', async () => {
  const caller = await world.caller();
  const first = await newVpc(caller, { vpcName: 'first', cidrBlock: '10.0.0.0/8', tag: [{ key: 'n', value: '1' }] });
  const second = await newVpc(caller, { vpcName: 'second', cidrBlock: '10.0.0.0/8', resourceGroupId: 'rg-two' });
  const third = await newVpc(caller, { vpcName: 'third', regionId: 'cn-beijing' });
  const found = async (parameters: object) => idsOf(await vpcsOf(caller, parameters), 'VpcId');
  assert.deepEqual(await found({}), [first, second].sort());
  assert.deepEqual(await found({ regionId: 'cn-beijing' }), [third]);
  assert.deepEqual(await found({ vpcId: `${first},${second},${MISSING_VPC}` }), [first, second].sort());
  assert.deepEqual(await found({ vpcName: 'first' }), [first]);
  assert.deepEqual(await found({ resourceGroupId: 'rg-two' }), [second]);
  assert.deepEqual(await found({ tag: [{ key: 'n', value: '1' }] }), [first]);
  assert.deepEqual(await found({ tag: [{ key: 'n', value: '2' }] }), []);
  assert.deepEqual(await found({ isDefault: true }), []);
  assert.deepEqual(await found({ vpcOwnerId: Number(caller.accountId) }), [first, second].sort());
  assert.deepEqual(await found({ vpcOwnerId: 1 }), []);
  assert.deepEqual(await found({ enableIpv6: true }), []);

  const pages = [await vpcsOf(caller, { pageSize: 1 }), await vpcsOf(caller, { pageSize: 1, pageNumber: 2 })];
  assert.deepEqual(idsOf(pages.flat(), 'VpcId'), [first, second].sort());
  const many = Array.from({ length: 21 }, () => MISSING_VPC).join(',');
  await world.refuses('InvalidVpcIdNumber.NotSupported', 404, () => vpcsOf(caller, { vpcId: many }));
  await world.refuses('InvalidParameter', 400, () => vpcsOf(caller, { pageSize: 51 }));
  await world.refuses('InvalidParameter', 400, () => vpcsOf(caller, { pageNumber: 0 }));

  const east = await newVSwitch(caller, first, '10.0.0.0/24', { vSwitchName: 'east', tag: [{ key: 'n', value: '1' }] });
  const west = await newVSwitch(caller, second, '10.0.0.0/24', { zoneId: 'cn-hangzhou-i' });
  const foundVSwitches = async (parameters: object) => idsOf(await vSwitchesOf(caller, parameters), 'VSwitchId');
  assert.deepEqual(await foundVSwitches({}), [east, west].sort());
  assert.deepEqual(await foundVSwitches({ vpcId: first }), [east]);
  assert.deepEqual(await foundVSwitches({ regionId: undefined, vpcId: first }), [east]);
  assert.deepEqual(await foundVSwitches({ zoneId: 'cn-hangzhou-i' }), [west]);
  assert.deepEqual(await foundVSwitches({ vSwitchName: 'east' }), [east]);
  assert.deepEqual(await foundVSwitches({ vSwitchId: `${east},${west}` }), [east, west].sort());
  assert.deepEqual(await foundVSwitches({ tag: [{ key: 'n' }] }), [east]);
  assert.deepEqual(await foundVSwitches({ resourceGroupId: 'rg-two' }), [west]);
  assert.deepEqual(await foundVSwitches({ isDefault: true }), []);
  assert.deepEqual(await foundVSwitches({ vSwitchOwnerId: 1 }), []);
  const { RouterTableIds } = (await vpcsOf(caller, { vpcId: second }))[0]!;
  assert.deepEqual(await foundVSwitches({ routeTableId: RouterTableIds.RouterTableIds[0] }), [west]);
  assert.deepEqual(await foundVSwitches({ routeTableId: 'vtb-none' }), []);
  const manyVSwitches = Array.from({ length: 21 }, () => MISSING_VSWITCH).join(',');
  await world.refuses('InvalidVSwitchIdNumber.NotSupported', 404, () =>
    vSwitchesOf(caller, { vSwitchId: manyVSwitches }),
  );
});

test('a VPC changes its block only around its vSwitches', async () => {
  const caller = await world.caller();
  const vpcId = await newVpc(caller, { cidrBlock: '10.0.0.0/16' });
  await newVSwitch(caller, vpcId, '10.0.1.0/24');
  await caller.vpc('ModifyVpcAttribute', { vpcId, cidrBlock: '10.0.0.0/8' });
  assert.equal((await vpcsOf(caller))[0]!['CidrBlock'], '10.0.0.0/8');
  const modify = (cidrBlock: string) => () => caller.vpc('ModifyVpcAttribute', { vpcId, cidrBlock });
  await world.refuses('InvalidCidrBlock.Malformed', 400, modify('10.0.2.0/24'));
  await world.refuses('InvalidCidrBlock.Malformed', 400, modify('10.0.0.0/99'));
  const rename = (parameters: object) => () => caller.vpc('ModifyVpcAttribute', { vpcId, ...parameters });
  await world.refuses('InvalidVpcName.Malformed', 400, rename({ vpcName: 'http://x' }));
  await world.refuses('InvalidVpcDiscription.Malformed', 400, rename({ description: 'x' }));
  await caller.ecs('ModifyVpcAttribute', { vpcId, userCidr: '192.168.0.0/24' });
  assert.deepEqual((await vpcsOf(caller))[0]!['UserCidrs'], { UserCidr: ['192.168.0.0/24'] });
});

test('what is not built is refused by name', async () => {
  const caller = await world.caller();
  const vpcId = await newVpc(caller);
  const refusal = await world.refuses('UnsupportedParameter', 400, () => caller.vpc('CreateVpc', { enableIpv6: true }));
  assert.match(refusal.message, /EnableIpv6/);
  await world.refuses('UnsupportedParameter', 400, () => caller.vpc('CreateVpc', { ipv4IpamPoolId: 'ipam-pool-1' }));
  await world.refuses('UnsupportedParameter', 400, () => caller.vpc('ModifyVpcAttribute', { vpcId, enableIPv6: true }));
  await world.refuses('UnsupportedParameter', 400, () =>
    newVSwitch(caller, vpcId, '172.16.0.0/24', { ipv6CidrBlock: 1 }),
  );
  const vSwitchId = await newVSwitch(caller, vpcId, '172.16.0.0/24');
  await world.refuses('UnsupportedParameter', 400, () =>
    caller.vpc('ModifyVSwitchAttribute', { vSwitchId, enableIPv6: true }),
  );
});

test('quotas hold, and a resource group must look like one', async () => {
  const caller = await world.caller();
  await world.refuses('InvalidResourceGroupId', 400, () => newVpc(caller, { resourceGroupId: 'nonsense' }));
  for (let made = 0; made < 10; made++) await newVpc(caller);
  await world.refuses('QuotaExceeded.Vpc', 400, () => newVpc(caller));
  await newVpc(caller, { regionId: 'cn-beijing' });
  const [vpc] = await vpcsOf(caller);
  const { database, clock } = world.world.parts;
  await database.write(async (tx) => {
    for (let n = 0; n < 150; n++) {
      await tx
        .insertInto('vSwitches')
        .values({
          id: `vsw-full${caller.accountId}${n}`,
          accountId: caller.accountId,
          regionId: 'cn-hangzhou',
          zoneId: 'cn-hangzhou-h',
          vpcId: vpc!['VpcId'],
          name: '',
          description: '',
          cidrBlock: `172.17.${n}.0/24`,
          status: 'Available',
          isDefault: 0,
          resourceGroupId: '',
          createdAt: clock.now(),
        })
        .execute();
    }
  });
  await world.refuses('QuotaExceeded.VSwitch', 400, () => newVSwitch(caller, vpc!['VpcId'], '172.16.0.0/24'));
});

test('a dry run makes nothing, a repeated ClientToken one', async () => {
  const caller = await world.caller();
  await world.refuses('DryRunOperation', 400, () => newVpc(caller, { dryRun: true }));
  await world.refuses('InvalidParameter', 400, () => newVpc(caller, { dryRun: true, cidrBlock: 'x' }));
  const once = await newVpc(caller, { clientToken: 'TF-CreateVpc-1' });
  assert.equal(await newVpc(caller, { clientToken: 'TF-CreateVpc-1' }), once);
  assert.equal((await vpcsOf(caller)).length, 1);
});

test('VPCs and vSwitches bear tags', async () => {
  const caller = await world.caller();
  const other = await world.caller();
  const vpcId = await newVpc(caller, { tag: [{ key: 'a', value: '1' }] });
  const vSwitchId = await newVSwitch(caller, vpcId, '172.16.0.0/24');
  const tag = (parameters: object) =>
    caller.vpc('TagResources', { resourceType: 'VPC', resourceId: [vpcId], ...parameters });
  await tag({
    tag: [
      { key: 'a', value: '2' },
      { key: 'b', value: '' },
    ],
  });
  await tag({ resourceType: 'vswitch', resourceId: [vSwitchId], tag: [{ key: 'c', value: '3' }] });
  const list = async (parameters: object, as = caller): Promise<Body> =>
    as.vpc('ListTagResources', { resourceType: 'VPC', ...parameters });
  const shown = (body: Body) => body['TagResources'].TagResource;
  assert.deepEqual(shown(await list({ resourceId: [vpcId] })), [
    { ResourceId: vpcId, ResourceType: 'VPC', TagKey: 'a', TagValue: '2' },
    { ResourceId: vpcId, ResourceType: 'VPC', TagKey: 'b', TagValue: '' },
  ]);
  assert.equal(
    shown(await list({ resourceType: 'VSWITCH', tag: [{ key: 'c', value: '3' }] }))[0].ResourceId,
    vSwitchId,
  );
  assert.deepEqual(shown(await list({ tag: [{ key: 'c', value: '3' }] })), []);
  assert.deepEqual(shown(await list({ resourceId: [vpcId] }, other)), []);

  const page = await list({ resourceId: [vpcId], maxResults: 1 });
  assert.equal(shown(page)[0].TagKey, 'a');
  const rest = await list({ resourceId: [vpcId], maxResults: 1, nextToken: page['NextToken'] });
  assert.equal(shown(rest)[0].TagKey, 'b');
  assert.equal(rest['NextToken'], '');

  await world.refuses('InvalidResourceType.NotFound', 404, () =>
    tag({ resourceType: 'NATGATEWAY', tag: [{ key: 'a' }] }),
  );
  await world.refuses('InvalidResourceId.NotFound', 404, () => tag({ resourceId: [MISSING_VPC], tag: [{ key: 'a' }] }));
  await world.refuses('InvalidResourceId.NotFound', 404, () =>
    tag({ resourceId: [vpcId, vSwitchId], tag: [{ key: 'a' }] }),
  );
  await world.refuses('MissingParameter.Tags', 404, () => tag({}));
  await world.refuses('InvalidTagKey.Malformed', 400, () => tag({ tag: [{ key: 'acs:x', value: '' }] }));
  await world.refuses('Duplicate.TagKey', 400, () =>
    tag({
      tag: [
        { key: 'x', value: '1' },
        { key: 'x', value: '2' },
      ],
    }),
  );
  const many = Array.from({ length: 51 }, (_, n) => `${MISSING_VPC}${n}`);
  await world.refuses('NumberExceed.ResourceIds', 400, () => tag({ resourceId: many, tag: [{ key: 'a' }] }));
  await world.refuses('NumberExceed.ResourceIds', 400, () => list({ resourceId: many }));
  await world.refuses('MissingParameter.Tags', 404, () => list({}));
  await world.refuses('InvalidParameter', 400, () => list({ resourceId: [vpcId], nextToken: 'x' }));
  const foreign = { resourceType: 'VPC', resourceId: [vpcId], tag: [{ key: 'a', value: 'mine' }] };
  await world.refuses('InvalidResourceId.NotFound', 404, () => other.vpc('TagResources', foreign));

  const untag = (parameters: object) =>
    caller.vpc('UnTagResources', { resourceType: 'VPC', resourceId: [vpcId], ...parameters });
  await world.refuses('MissingParameter.Tags', 404, () => untag({}));
  await world.refuses('NumberExceed.Tags', 400, () => untag({ tagKey: Array.from({ length: 21 }, (_, n) => `k${n}`) }));
  await untag({ tagKey: ['a'] });
  assert.deepEqual(idsOf(shown(await list({ resourceId: [vpcId] })), 'TagKey'), ['b']);
  await untag({ all: true });
  assert.deepEqual(shown(await list({ resourceId: [vpcId] })), []);
});
