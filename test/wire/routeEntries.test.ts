import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { newVpc, newVSwitch } from './networkVerbs.ts';
import { createNetworkWorld, type Body, type Caller, type NetworkWorld } from './networkWorld.ts';
import { vpcPeerClient } from './vpcPeerClient.ts';

const REGION = 'cn-hangzhou';

let world: NetworkWorld;
before(async () => {
  world = await createNetworkWorld();
});
after(() => world[Symbol.asyncDispose]());

/** Two VPCs of an account, connected; the route table is that of the first. */
async function connected(blocks: readonly [string, string] = ['10.0.0.0/8', '172.16.0.0/12']) {
  const caller = await world.caller();
  const { VpcId: vpcId, RouteTableId: routeTableId } = await caller.vpc('CreateVpc', { cidrBlock: blocks[0] });
  const otherId = await newVpc(caller, { cidrBlock: blocks[1] });
  const peer = vpcPeerClient(world.world.endpoint, caller);
  const { InstanceId: nextHopId } = await peer('CreateVpcPeerConnection', {
    RegionId: REGION,
    VpcId: vpcId,
    AcceptingAliUid: caller.accountId,
    AcceptingRegionId: REGION,
    AcceptingVpcId: otherId,
  });
  return {
    caller,
    vpcId: String(vpcId),
    routeTableId: String(routeTableId),
    nextHopId,
    route: (destinationCidrBlock: string, more = {}) =>
      caller.vpc('CreateRouteEntry', {
        routeTableId,
        destinationCidrBlock,
        nextHopType: 'VpcPeer',
        nextHopId,
        ...more,
      }),
  };
}

const listed = async (caller: Caller, routeTableId: string, more = {}): Promise<Body[]> =>
  (await caller.vpc('DescribeRouteEntryList', { routeTableId, ...more }))['RouteEntrys'].RouteEntry;

const blocks = (entries: readonly Body[]) => entries.map(({ DestinationCidrBlock }) => DestinationCidrBlock).sort();

test('routes are made, listed beside the VPC’s own, found, walked and deleted', async () => {
  const { caller, vpcId, routeTableId, nextHopId, route } = await connected();
  await newVSwitch(caller, vpcId, '10.1.0.0/24');
  const named = { routeEntryName: 'office', description: 'to the workshop' };
  const { RouteEntryId } = await route('172.16.0.0/12', named);
  assert.match(RouteEntryId, /^rte-bp1[0-9a-z]{17}$/);
  await route('172.16.5.6');
  const list = (more = {}) => listed(caller, routeTableId, more);
  assert.deepEqual(blocks(await list()), ['10.1.0.0/24', '100.64.0.0/10', '172.16.0.0/12', '172.16.5.6/32']);
  const [entry] = await list({ routeEntryId: RouteEntryId });
  assert.partialDeepStrictEqual(entry, {
    RouteEntryId,
    RouteTableId: routeTableId,
    DestinationCidrBlock: '172.16.0.0/12',
    RouteEntryName: 'office',
    Description: 'to the workshop',
    Type: 'Custom',
    Status: 'Available',
    IpVersion: 'ipv4',
    NextHops: { NextHop: [{ NextHopId: nextHopId, NextHopType: 'VpcPeer', Enabled: 1, Weight: 0 }] },
  });
  const finds = async (expected: string[], more: object) => assert.deepEqual(blocks(await list(more)), expected);
  await finds(['172.16.0.0/12'], { routeEntryName: 'office' });
  await finds(['10.1.0.0/24', '100.64.0.0/10'], { routeEntryType: 'System' });
  await finds(['172.16.0.0/12', '172.16.5.6/32'], { nextHopId });
  await finds(['172.16.0.0/12', '172.16.5.6/32'], { nextHopType: 'VpcPeer' });
  await finds(['172.16.5.6/32'], { destinationCidrBlock: '172.16.5.6/32' });
  await finds(['10.1.0.0/24', '172.16.0.0/12'], { destCidrBlockList: ['10.1.0.0/24', '172.16.0.0/12'] });
  await finds([], { ipVersion: 'ipv6' });
  await finds([], { serviceType: 'TR' });
  const walked: Body[] = [];
  let nextToken: string | undefined;
  do {
    const page = await caller.vpc('DescribeRouteEntryList', { routeTableId, maxResult: 1, nextToken });
    assert.equal(page['TotalCount'], 4);
    walked.push(...page['RouteEntrys'].RouteEntry);
    nextToken = page['NextToken'];
  } while (nextToken);
  assert.deepEqual(walked, await list());

  await caller.vpc('DeleteRouteEntry', { routeEntryId: RouteEntryId });
  await caller.vpc('DeleteRouteEntry', { routeTableId, destinationCidrBlock: '172.16.5.6', nextHopId });
  assert.deepEqual(blocks(await list({ routeEntryType: 'Custom' })), []);
});

test('a route leads over a connection of the VPC, to a block of the other', async () => {
  const { caller, vpcId, nextHopId, route } = await connected();
  await newVSwitch(caller, vpcId, '10.1.0.0/24');
  const refuses = (code: string, block: string, more = {}, status = 400) =>
    world.refuses(code, status, () => route(block, more));
  await refuses('InvalidRouteTableId.NotFound', '172.16.0.0/12', { routeTableId: 'vtb-none' }, 404);
  await refuses('InvalidRouteTableId.NotFound', '172.16.0.0/12', { regionId: 'cn-beijing' }, 404);
  await refuses('InvalidCidrBlock.Malformed', 'everywhere');
  await refuses('InvalidCidrBlock.Malformed', '172.16.0.1/12');
  await refuses('OperationDenied.VpcIpv6NotEnabled', 'fd00::/8');
  await refuses('InvalidCidrBlock', '0.0.0.0/0');
  await refuses('InvalidCidrBlock', '192.168.0.0/16');
  await refuses('InvalidNextHopType', '172.16.0.0/12', { nextHopType: 'Instance' });
  await refuses('InvalidNexthopTypeAndList.BothNull', '172.16.0.0/12', { nextHopType: undefined });
  const nextHopList = [{ nextHopId, nextHopType: 'RouterInterface' }];
  await refuses('InvalidNexthopTypeAndList.BothNotNull', '172.16.0.0/12', { nextHopList });
  await refuses('UnsupportedParameter', '172.16.0.0/12', { nextHopType: undefined, nextHopList });
  await refuses('ResourceNotFound.VpcPeer', '172.16.0.0/12', { nextHopId: 'pcc-none' });
  const others = await connected();
  await refuses('ResourceNotFound.VpcPeer', '172.16.0.0/12', { nextHopId: others.nextHopId });
  const { RouteTableId: routeTableId } = await caller.vpc('CreateVpc', { cidrBlock: '192.168.0.0/16' });
  await refuses('InvalidNextHop.NotFound', '172.16.0.0/12', { routeTableId });
  await refuses('InvalidRouteEntryName.Malformed', '172.16.0.0/12', { routeEntryName: 'http://office' });
  await refuses('InvalidDescription.Malformed', '172.16.0.0/12', { description: 'x'.repeat(257) });
  await refuses('DryRunOperation', '172.16.0.0/12', { dryRun: true });
  await route('172.16.0.0/12');
  await refuses('InvalidCIDRBlock.Duplicate', '172.16.0.0/12');
});

test('of VPCs whose blocks overlap, those of vSwitches alone need not', async () => {
  const { caller, vpcId, route } = await connected(['172.16.0.0/12', '172.16.0.0/12']);
  await newVSwitch(caller, vpcId, '172.16.1.0/24');
  for (const block of ['172.16.1.0/24', '172.16.1.128/25', '172.16.1.7'])
    await world.refuses('InvalidCidrBlock', 400, () => route(block));
  await route('172.17.1.0/24');
  await route('172.16.0.0/12');
  for (const block of ['172.17.1.0/24', '172.17.0.0/16'])
    await world.refuses('InvalidCidrBlock.Overlapped', 400, () => newVSwitch(caller, vpcId, block));
  await newVSwitch(caller, vpcId, '172.17.1.0/25');
});

test('a table has so many routes', async () => {
  const { caller, route } = await connected();
  const value = { accountId: caller.accountId, name: 'routeEntries' as const, value: 1 };
  const { database } = world.world.parts;
  await database.write(async (tx) => void (await tx.insertInto('accountQuotas').values(value).execute()));
  await route('172.16.0.0/12');
  await world.refuses('QuotaExceeded', 400, () => route('172.16.0.0/16'));
});

test('what is not there is not deleted, nor what the VPC has of itself, nor what is described in two ways', async () => {
  const { caller, vpcId, routeTableId, nextHopId, route } = await connected();
  await newVSwitch(caller, vpcId, '10.1.0.0/24');
  const { RouteEntryId: routeEntryId } = await route('172.16.0.0/12');
  const there = { routeTableId, destinationCidrBlock: '172.16.0.0/12' };
  const refuses = (code: string, asked: Body, status = 400) =>
    world.refuses(code, status, () => caller.vpc('DeleteRouteEntry', asked));
  await refuses('MissingParameter', {});
  await refuses('MissingParameter', { routeTableId });
  await refuses('InvalidRouteEntryId.NotFound', { routeEntryId: 'rte-none' });
  await refuses('InvalidRouteTableId.NotFound', { ...there, routeTableId: 'vtb-none' }, 404);
  await refuses('InvalidCidrBlock.Malformed', { ...there, destinationCidrBlock: 'everywhere' });
  await refuses('InvalidRouteEntry.NotFound', { ...there, destinationCidrBlock: '172.16.0.0/16' });
  await refuses('InvalidRouteEntry.NotFound', { ...there, nextHopId: 'pcc-none' });
  for (const destinationCidrBlock of ['10.1.0.0/24', '100.64.0.0/10'])
    await refuses('OperationDenied', { routeTableId, destinationCidrBlock });
  const nextHopList = [{ nextHopId, nextHopType: 'VpcPeer' }];
  await refuses('ParamExclusive.NextHopIdAndList', { ...there, nextHopId, nextHopList });
  await refuses('UnsupportedParameter', { ...there, nextHopList });
  const twice = { routeEntryId, destinationCidrBlock: '172.16.0.0/12' };
  await refuses('ParamExclusive.RouteEntryIdAndRouteTableIdOrDestCidrBlock', twice);
  await refuses('DryRunOperation', { routeEntryId, dryRun: true });
  const mallory = await connected();
  await world.refuses('InvalidRouteEntryId.NotFound', 400, () =>
    mallory.caller.vpc('DeleteRouteEntry', { routeEntryId }),
  );
  for (const action of ['DeleteRouteEntry', 'DescribeRouteEntryList'])
    await world.refuses('InvalidRouteTableId.NotFound', 404, () => mallory.caller.vpc(action, there));
});
