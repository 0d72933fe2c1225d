import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createMachines } from '../fakes/machines.ts';
import { newVpc } from './networkVerbs.ts';
import { createNetworkWorld, type Body, type Caller, type NetworkWorld } from './networkWorld.ts';
import { vpcPeerClient, type VpcPeerClient } from './vpcPeerClient.ts';

const [HANGZHOU, BEIJING] = ['cn-hangzhou', 'cn-beijing'];
const WEEK_MS = 7 * 24 * 3600 * 1000;
const MISSING = 'pcc-aaaaaaaaaaaaaaaaaaaa';

let world: NetworkWorld;
let applied = 0;
before(async () => {
  const machines = createMachines({ driver: 'qemu', applyNetwork: async () => void applied++ });
  world = await createNetworkWorld({ machines });
});
after(() => world[Symbol.asyncDispose]());

interface Party extends Caller {
  peer: VpcPeerClient;
  network(cidrBlock: string, regionId?: string): Promise<string>;
  statusOf(InstanceId: string): Promise<string>;
  routeTable(vpcId: string): Promise<string>;
}

async function party(): Promise<Party> {
  const caller = await world.caller();
  const peer = vpcPeerClient(world.world.endpoint, caller);
  return {
    ...caller,
    peer,
    network: (cidrBlock, regionId = HANGZHOU) => newVpc(caller, { cidrBlock, regionId }),
    statusOf: async (InstanceId) => (await peer('GetVpcPeerConnectionAttribute', { InstanceId })).Status,
    routeTable: async (vpcId) => {
      const { RouterTableList } = await caller.vpc('DescribeRouteTableList', { vpcId });
      return RouterTableList.RouterTableListType[0].RouteTableId;
    },
  };
}

const wished = (VpcId: string, to: { accountId: string }, AcceptingVpcId: string, more = {}) => ({
  RegionId: HANGZHOU,
  VpcId,
  AcceptingAliUid: to.accountId,
  AcceptingRegionId: HANGZHOU,
  AcceptingVpcId,
  ...more,
});

const connect = async (from: Party, vpcId: string, to: Party, otherId: string, more = {}): Promise<string> =>
  (await from.peer('CreateVpcPeerConnection', wished(vpcId, to, otherId, more))).InstanceId;

test('within an account a connection is Activated at once, described, listed, changed and deleted', async () => {
  const alice = await party();
  const { peer } = alice;
  const [one, other] = [await alice.network('10.0.0.0/8'), await alice.network('192.168.0.0/16')];
  const named = { Name: 'office', Description: 'to the workshop', ResourceGroupId: 'rg-acfmxazb4ph6aiy' };
  const InstanceId = await connect(alice, one, alice, other, named);
  assert.match(InstanceId, /^pcc-[0-9a-z]{20}$/);
  const { RequestId, ...shown } = (await peer('GetVpcPeerConnectionAttribute', { InstanceId })) as unknown as Body;
  assert.ok(RequestId);
  const { GmtCreate, GmtModified, ...rest } = shown;
  assert.match(GmtCreate, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  assert.equal(GmtModified, GmtCreate);
  assert.deepEqual(rest, {
    ...named,
    InstanceId,
    Status: 'Activated',
    BizStatus: 'Normal',
    Bandwidth: -1,
    OwnerId: alice.accountId,
    RegionId: HANGZHOU,
    Vpc: { VpcId: one, Ipv4Cidrs: ['10.0.0.0/8'], Ipv6Cidrs: [] },
    AcceptingOwnerUid: alice.accountId,
    AcceptingRegionId: HANGZHOU,
    AcceptingVpc: { VpcId: other, Ipv4Cidrs: ['192.168.0.0/16'], Ipv6Cidrs: [] },
    Tags: [],
  });
  const listed = await peer('ListVpcPeerConnections', { RegionId: HANGZHOU });
  assert.deepEqual(listed.VpcPeerConnects, [shown]);
  assert.partialDeepStrictEqual({ ...listed }, { TotalCount: 1, MaxResults: 20, NextToken: '' });
  world.world.advance(60_000);
  await peer('ModifyVpcPeerConnection', { InstanceId, Name: 'home', Description: 'x' });
  const changed = await peer('GetVpcPeerConnectionAttribute', { InstanceId });
  assert.partialDeepStrictEqual({ ...changed }, { Name: 'home', Description: 'x' });
  assert.notEqual(changed.GmtModified, GmtCreate);

  for (const vpcId of [one, other])
    await world.refuses('DependencyViolation.Instance', 400, () => alice.vpc('DeleteVpc', { vpcId }));
  await peer('DeleteVpcPeerConnection', { InstanceId });
  for (const action of [
    'GetVpcPeerConnectionAttribute',
    'ModifyVpcPeerConnection',
    'DeleteVpcPeerConnection',
    'AcceptVpcPeerConnection',
    'RejectVpcPeerConnection',
  ])
    await world.refuses('ResourceNotFound.InstanceId', 400, () => peer(action, { InstanceId }));
  for (const vpcId of [one, other]) await alice.vpc('DeleteVpc', { vpcId });
});

test('lists are of a region, narrowed by what is asked for, and walked', async () => {
  const alice = await party();
  const hub = await alice.network('10.0.0.0/8');
  const near = await alice.network('192.168.0.0/16');
  const far = await alice.network('172.16.0.0/16', BEIJING);
  const toNear = await connect(alice, hub, alice, near, { Name: 'near' });
  const toFar = await connect(alice, hub, alice, far, { AcceptingRegionId: BEIJING });
  const found = async (asked = {}) =>
    (await alice.peer('ListVpcPeerConnections', asked)).VpcPeerConnects.map(({ InstanceId }) => InstanceId).sort();
  assert.deepEqual(await found(), [toNear, toFar].sort());
  assert.deepEqual(await found({ RegionId: BEIJING }), [toFar]);
  assert.deepEqual(await found({ RegionId: 'cn-shanghai' }), []);
  assert.deepEqual(await found({ Name: 'near' }), [toNear]);
  assert.deepEqual(await found({ InstanceId: toFar }), [toFar]);
  assert.deepEqual(await found({ VpcId: near }), [toNear]);
  assert.deepEqual(await found({ VpcId: `${far},${hub}` }), [toFar]);
  assert.deepEqual(await found({ VpcId: `${far},${near}` }), []);
  assert.deepEqual(await found({ ResourceGroupId: 'rg-none' }), []);
  assert.deepEqual(await found({ 'Tags.1.Key': 'env' }), []);
  await world.refuses('IllegalParam.VpcId', 400, () => found({ VpcId: `${far},${near},${hub}` }));
  const first = await alice.peer('ListVpcPeerConnections', { MaxResults: 1 });
  const second = await alice.peer('ListVpcPeerConnections', { MaxResults: 1, NextToken: first.NextToken });
  assert.deepEqual([first.TotalCount, first.VpcPeerConnects.length, second.NextToken], [2, 1, '']);
  const walked = [...first.VpcPeerConnects, ...second.VpcPeerConnects].map(({ InstanceId }) => InstanceId);
  assert.deepEqual(walked.sort(), [toNear, toFar].sort());
});

test('between regions it has a bandwidth, which can be changed', async () => {
  const alice = await party();
  const [here, there] = [await alice.network('10.0.0.0/8'), await alice.network('192.168.0.0/16', BEIJING)];
  const across = { AcceptingRegionId: BEIJING };
  const create = (more: object) => connect(alice, here, alice, there, { ...across, ...more });
  for (const Bandwidth of [0, 1025]) await world.refuses('IllegalParam.Bandwidth', 400, () => create({ Bandwidth }));
  const InstanceId = await create({});
  const bandwidth = async () => (await alice.peer('GetVpcPeerConnectionAttribute', { InstanceId })).Bandwidth;
  const modify = (Bandwidth: number) => alice.peer('ModifyVpcPeerConnection', { InstanceId, Bandwidth });
  assert.equal(await bandwidth(), 1024);
  await modify(100);
  assert.equal(await bandwidth(), 100);
  await world.refuses('IllegalParam.Bandwidth', 400, () => modify(-1));
  await world.refuses('QuotaExceeded.Bandwidth', 400, () => modify(1025));
  const near = await alice.network('172.16.0.0/16');
  await world.refuses('IllegalParam.Bandwidth', 400, () => connect(alice, here, alice, near, { Bandwidth: 10 }));
  const within = { InstanceId: await connect(alice, here, alice, near), Bandwidth: 10 };
  await world.refuses('OperationFailed.BandwidthCannotBeChangedInSameRegion', 400, () =>
    alice.peer('ModifyVpcPeerConnection', within),
  );
});

test('what can’t be asked for', async () => {
  const alice = await party();
  const [one, other] = [await alice.network('10.0.0.0/8'), await alice.network('192.168.0.0/16')];
  const create = (more: object) => alice.peer('CreateVpcPeerConnection', wished(one, alice, other, more));
  const refuses = (code: string, more: object, status = 400) => world.refuses(code, status, () => create(more));
  await refuses('IncorrectStatus.Vpc', { VpcId: 'vpc-none' });
  await refuses('IncorrectStatus.Vpc', { RegionId: BEIJING });
  await refuses('IncorrectStatus.AcceptingVpc', { AcceptingVpcId: 'vpc-none' });
  await refuses('IncorrectStatus.AcceptingVpc', { AcceptingRegionId: BEIJING });
  await refuses('IllegalParam.AcceptingVpcId', { AcceptingVpcId: one });
  await refuses('InvalidRegionId.NotFound', { AcceptingRegionId: 'cn-nowhere' }, 404);
  await refuses('IllegalParam.Name', { Name: 'http://office' });
  await refuses('IllegalParam.Description', { Description: 'x'.repeat(257) });
  await refuses('OperationFailed.NotExist.ResourceGroup', { ResourceGroupId: 'group' });
  await refuses('UnsupportedParameter', { LinkType: 'Platinum' });
  await refuses('UnsupportedParameter', { 'Tag.1.Key': 'env', 'Tag.1.Value': 'test' });
  await refuses('DryRunOperation', { DryRun: true });
  for (const missing of ['RegionId', 'VpcId', 'AcceptingAliUid', 'AcceptingRegionId', 'AcceptingVpcId'])
    await refuses(`Missing${missing}`, { [missing]: undefined });
  const token = { ClientToken: 'again' };
  const InstanceId = await connect(alice, one, alice, other, token);
  assert.equal(await connect(alice, one, alice, other, token), InstanceId);
  await refuses('ResourceAlreadyExist.VpcPeer', {});
  await world.refuses('ResourceAlreadyExist.VpcPeer', 400, () => connect(alice, other, alice, one));
  const modify = (more: object) => alice.peer('ModifyVpcPeerConnection', { InstanceId, ...more });
  await world.refuses('IllegalParam.Name', 400, () => modify({ Name: 'https://office' }));
  await world.refuses('IllegalParam.Description', 400, () => modify({ Description: 'http://x' }));
  await world.refuses('UnsupportedParameter', 400, () => modify({ LinkType: 'Gold' }));
  await world.refuses('DryRunOperation', 400, () => modify({ Name: 'new', DryRun: true }));
});

test('a VPC has so many, within its region and to others, and an account in a region', async () => {
  const [alice, bob] = [await party(), await party()];
  const [one, other] = [await alice.network('10.0.0.0/8'), await alice.network('192.168.0.0/16')];
  const ask = (vpcId: string, at: number, more = {}) => connect(alice, vpcId, bob, `vpc-${at}`, more);
  for (let at = 0; at < 10; at++) await ask(one, at);
  await world.refuses('QuotaExceeded.IntraRegionVpcPeerCountPerVpc', 400, () => ask(one, 10));
  for (let at = 0; at < 10; at++) await ask(other, at, { AcceptingRegionId: BEIJING });
  await world.refuses('QuotaExceeded.VpcPeerCountPerUserPerRegion', 400, () => ask(other, 10));
  const { database } = world.world.parts;
  const raised = { accountId: alice.accountId, name: 'vpcPeers' as const, value: 100 };
  await database.write(async (tx) => void (await tx.insertInto('accountQuotas').values(raised).execute()));
  for (let at = 10; at < 20; at++) await ask(other, at, { AcceptingRegionId: BEIJING });
  const beyond = () => ask(other, 20, { AcceptingRegionId: BEIJING });
  await world.refuses('QuotaExceeded.CrossRegionVpcPeerCountPerVpc', 400, beyond);
  // Nobody is shown what names no VPC of his.
  assert.deepEqual((await bob.peer('ListVpcPeerConnections')).VpcPeerConnects, []);
});

test('another account’s VPC takes part when its account accepts; before that nothing is said of it', async () => {
  const [alice, bob, mallory] = [await party(), await party(), await party()];
  const [hers, his] = [await alice.network('10.0.0.0/8'), await bob.network('192.168.0.0/16')];
  const InstanceId = await connect(alice, hers, bob, his);
  const seenBy = ({ peer }: Party) => peer('GetVpcPeerConnectionAttribute', { InstanceId });
  const asked = await seenBy(alice);
  assert.equal(asked.Status, 'Accepting');
  assert.equal(Date.parse(asked.GmtExpired!) - Date.parse(asked.GmtCreate), WEEK_MS);
  assert.deepEqual(asked.AcceptingVpc, { VpcId: his, Ipv4Cidrs: [], Ipv6Cidrs: [] });
  const received = await seenBy(bob);
  assert.deepEqual([received.Vpc.Ipv4Cidrs, received.AcceptingVpc.Ipv4Cidrs], [['10.0.0.0/8'], ['192.168.0.0/16']]);
  for (const action of ['AcceptVpcPeerConnection', 'RejectVpcPeerConnection']) {
    await world.refuses('IncorrectStatus.VpcPeer', 400, () => alice.peer(action, { InstanceId }));
    await world.refuses('ResourceNotFound.InstanceId', 400, () => mallory.peer(action, { InstanceId }));
  }
  await world.refuses('IncorrectStatus.VpcPeer', 400, () =>
    bob.peer('ModifyVpcPeerConnection', { InstanceId, Name: 'mine' }),
  );
  await alice.peer('ModifyVpcPeerConnection', { InstanceId, Name: 'ours' });
  const routed = async (caller: Party, vpcId: string, destinationCidrBlock: string) =>
    caller.vpc('CreateRouteEntry', {
      routeTableId: await caller.routeTable(vpcId),
      destinationCidrBlock,
      nextHopType: 'VpcPeer',
      nextHopId: InstanceId,
    });
  await world.refuses('IncorrectStatus.VpcPeer', 400, () => routed(alice, hers, '192.168.0.0/16'));
  await world.refuses('OperationFailed.NotExist.ResourceGroup', 400, () =>
    bob.peer('AcceptVpcPeerConnection', { InstanceId, ResourceGroupId: 'group' }),
  );
  await world.refuses('DryRunOperation', 400, () => bob.peer('AcceptVpcPeerConnection', { InstanceId, DryRun: true }));
  await bob.peer('AcceptVpcPeerConnection', { InstanceId, ResourceGroupId: 'rg-bobs' });
  const seen = await seenBy(alice);
  assert.deepEqual(
    [seen.Status, seen.AcceptingVpc.Ipv4Cidrs, seen.ResourceGroupId, seen.GmtExpired],
    ['Activated', ['192.168.0.0/16'], '', undefined],
  );
  assert.equal((await seenBy(bob)).ResourceGroupId, 'rg-bobs');
  const ofGroup = { ResourceGroupId: 'rg-bobs' };
  assert.equal((await alice.peer('ListVpcPeerConnections', ofGroup)).TotalCount, 0);
  assert.equal((await bob.peer('ListVpcPeerConnections', ofGroup)).TotalCount, 1);
  await world.refuses('IncorrectStatus.VpcPeer', 400, () => bob.peer('AcceptVpcPeerConnection', { InstanceId }));
  await bob.peer('ModifyVpcPeerConnection', { InstanceId, Description: 'also his' });
  await world.refuses('DependencyViolation.Instance', 400, () => bob.vpc('DeleteVpc', { vpcId: his }));
  const own = await mallory.network('10.0.0.0/8');
  await world.refuses('ResourceNotFound.VpcPeer', 400, () => routed(mallory, own, '192.168.0.0/16'));

  await routed(alice, hers, '192.168.0.0/16');
  await routed(bob, his, '10.0.0.0/8');
  await world.refuses('OperationDenied.RouteEntryExist', 400, () =>
    bob.peer('DeleteVpcPeerConnection', { InstanceId }),
  );
  await bob.peer('DeleteVpcPeerConnection', { InstanceId, Force: true });
  for (const caller of [alice, bob]) await world.refuses('ResourceNotFound.InstanceId', 400, () => seenBy(caller));
  const left = await alice.vpc('DescribeRouteEntryList', {
    routeTableId: await alice.routeTable(hers),
    routeEntryType: 'Custom',
  });
  assert.deepEqual(left['RouteEntrys'].RouteEntry, []);
});

test('a request is rejected, expires in a week, and holds nobody’s VPC but that of who asks', async () => {
  const [alice, bob] = [await party(), await party()];
  const [hers, his] = [await alice.network('10.0.0.0/8'), await bob.network('192.168.0.0/16')];
  const rejected = await connect(alice, hers, bob, his);
  await world.refuses('ResourceAlreadyExist.VpcPeer', 400, () => connect(bob, his, alice, hers));
  await bob.peer('RejectVpcPeerConnection', { InstanceId: rejected });
  assert.equal(await alice.statusOf(rejected), 'Rejected');
  const refuse = (caller: Party, action: string, InstanceId: string) =>
    world.refuses('IncorrectStatus.VpcPeer', 400, () => caller.peer(action, { InstanceId }));
  for (const action of ['AcceptVpcPeerConnection', 'RejectVpcPeerConnection', 'ModifyVpcPeerConnection'])
    await refuse(bob, action, rejected);
  await refuse(alice, 'ModifyVpcPeerConnection', rejected);
  const late = await connect(alice, hers, bob, his);
  world.world.advance(WEEK_MS - 1000);
  assert.equal(await bob.statusOf(late), 'Accepting');
  world.world.advance(1000);
  const expired = await bob.peer('GetVpcPeerConnectionAttribute', { InstanceId: late });
  assert.equal(expired.Status, 'Expired');
  assert.ok(expired.GmtExpired);
  for (const action of ['AcceptVpcPeerConnection', 'RejectVpcPeerConnection', 'ModifyVpcPeerConnection'])
    await refuse(bob, action, late);

  await world.refuses('DependencyViolation.Instance', 400, () => alice.vpc('DeleteVpc', { vpcId: hers }));
  await bob.vpc('DeleteVpc', { vpcId: his });
  await world.refuses('ResourceNotFound.InstanceId', 400, () => bob.statusOf(late));
  for (const InstanceId of [late, rejected]) await alice.peer('DeleteVpcPeerConnection', { InstanceId });
  await alice.vpc('DeleteVpc', { vpcId: hers });
  await world.refuses('ResourceNotFound.InstanceId', 400, () => alice.statusOf(MISSING));
});

test('whoever deletes a connection has running guests’ networks follow, and by its routes', async () => {
  const alice = await party();
  const [one, other] = [await alice.network('10.0.0.0/8'), await alice.network('192.168.0.0/16')];
  const nextHopId = await connect(alice, one, alice, other);
  const applies = async (change: () => Promise<unknown>) => {
    await world.world.settled();
    const earlier = applied;
    await change();
    await world.world.settled();
    assert.ok(applied > earlier);
  };
  const routeTableId = await alice.routeTable(one);
  const route = { routeTableId, destinationCidrBlock: '192.168.0.0/16', nextHopId };
  await applies(() => alice.vpc('CreateRouteEntry', { ...route, nextHopType: 'VpcPeer' }));
  await applies(() => alice.vpc('DeleteRouteEntry', route));
  await applies(() => alice.peer('DeleteVpcPeerConnection', { InstanceId: nextHopId, Force: true }));
});
