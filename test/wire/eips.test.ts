import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { WorldFault } from '../../src/base/worldFault.ts';
import type { InstanceRow } from '../../src/records/tables/instances.ts';
import { quotas } from '../../src/rules/quotas.ts';
import { createMachines, type FakeMachines } from '../fakes/machines.ts';
import { createNetworkWorld, idsOf, type Body, type Caller, type NetworkWorld } from './networkWorld.ts';

let machines: FakeMachines;
let world: NetworkWorld;
before(async () => {
  machines = createMachines();
  world = await createNetworkWorld({ machines });
});
after(() => world[Symbol.asyncDispose]());

const settled = () => world.world.settled();
const allocate = async (caller: Caller, parameters = {}): Promise<{ id: string; ipAddress: string }> => {
  const body = await caller.vpc('AllocateEipAddress', parameters);
  return { id: body['AllocationId'], ipAddress: body['EipAddress'] };
};
const eipsOf = async (caller: Caller, parameters = {}): Promise<Body[]> =>
  (await caller.vpc('DescribeEipAddresses', parameters))['EipAddresses'].EipAddress;
const statusOf = async (caller: Caller, id: string): Promise<string> =>
  (await eipsOf(caller, { allocationId: id }))[0]!['Status'];

/** An elastic IP that leads to an instance. */
async function associated(caller: Caller, row: Partial<InstanceRow> = {}) {
  const eip = await allocate(caller);
  const instanceId = await world.instance(caller, row);
  await caller.vpc('AssociateEipAddress', { allocationId: eip.id, instanceId });
  await settled();
  return { ...eip, instanceId };
}

test('an elastic IP comes to lead to a running instance, at once, and leaves it', async () => {
  const caller = await world.caller();
  const { id, ipAddress } = await allocate(caller, {
    bandwidth: '10',
    internetChargeType: 'PayByTraffic',
    name: 'way in',
  });
  assert.match(id, /^eip-bp1[0-9a-z]{17}$/);
  assert.match(ipAddress, /^127\.\d+\.\d+\.\d+$/);
  assert.equal(await statusOf(caller, id), 'Available');

  const instanceId = await world.instance(caller);
  await caller.ecs('AssociateEipAddress', { allocationId: id, instanceId });
  await settled();
  assert.partialDeepStrictEqual(await eipsOf(caller), [
    {
      AllocationId: id,
      IpAddress: ipAddress,
      Name: 'way in',
      Status: 'InUse',
      InstanceId: instanceId,
      InstanceType: 'EcsInstance',
      Bandwidth: '10',
      EipBandwidth: '10',
      InternetChargeType: 'PayByTraffic',
      ChargeType: 'PostPaid',
      ISP: 'BGP',
    },
  ]);
  assert.equal(machines.nics.get(instanceId)!.publicIp, ipAddress);
  const eip = { AllocationId: id, IpAddress: ipAddress, InternetChargeType: 'PayByTraffic' };
  const asked = { instanceIds: JSON.stringify([instanceId]) };
  const [instance] = (await caller.ecs('DescribeInstances', asked))['Instances'].Instance;
  assert.partialDeepStrictEqual(instance, {
    EipAddress: { ...eip, Bandwidth: 10 },
    PublicIpAddress: { IpAddress: [] },
  });
  assert.partialDeepStrictEqual((await caller.ecs('DescribeInstanceAttribute', { instanceId }))['EipAddress'], eip);
  const [card] = (await caller.ecs('DescribeNetworkInterfaces', { instanceId }))['NetworkInterfaceSets']
    .NetworkInterfaceSet;
  assert.deepEqual(card.AssociatedPublicIp, { PublicIpAddress: ipAddress, AllocationId: id });
  const byEip = await caller.ecs('DescribeInstances', { eipAddresses: JSON.stringify([ipAddress]) });
  assert.deepEqual(idsOf(byEip['Instances'].Instance, 'InstanceId'), [instanceId]);

  await caller.ecs('UnassociateEipAddress', { allocationId: id, instanceId });
  await settled();
  assert.partialDeepStrictEqual(await eipsOf(caller), [{ Status: 'Available', InstanceId: '', InstanceType: '' }]);
  assert.equal(machines.nics.get(instanceId)!.publicIp, null);
  await caller.ecs('ReleaseEipAddress', { allocationId: id });
  assert.deepEqual(await eipsOf(caller), []);
});

test('both products show the same elastic IPs', async () => {
  const caller = await world.caller();
  const { AllocationId: id } = await caller.ecs('AllocateEipAddress');
  const [ofVpc] = await eipsOf(caller);
  assert.partialDeepStrictEqual(ofVpc, { AllocationId: id, Bandwidth: '5', InternetChargeType: 'PayByBandwidth' });
  const ofEcs = (await caller.ecs('DescribeEipAddresses'))['EipAddresses'].EipAddress;
  assert.partialDeepStrictEqual(ofVpc, ofEcs[0]);
  await caller.vpc('ModifyEipAddressAttribute', { allocationId: id, bandwidth: '500', name: 'n', description: 'd' });
  assert.partialDeepStrictEqual(await eipsOf(caller), [{ Bandwidth: '500', Name: 'n', Description: 'd' }]);
  await caller.ecs('ModifyEipAddressAttribute', { allocationId: id, bandwidth: '7' });
  assert.partialDeepStrictEqual(await eipsOf(caller), [{ Bandwidth: '7', Name: 'n' }]);
  await caller.vpc('ReleaseEipAddress', { allocationId: id });
  assert.equal((await caller.ecs('DescribeEipAddresses'))['TotalCount'], 0);
});

test('elastic IPs are found by each of their traits', async () => {
  const caller = await world.caller();
  const free = await allocate(caller, {
    name: 'free',
    resourceGroupId: 'rg-1',
    ISP: 'BGP_PRO',
    tag: [{ key: 'a', value: 'b' }],
  });
  const used = await associated(caller);
  const elsewhere = (await caller.vpc('AllocateEipAddress', { regionId: 'cn-beijing' }))['AllocationId'];
  const cases: [parameters: object, ids: string[]][] = [
    [{}, [free.id, used.id]],
    [{ regionId: 'cn-beijing' }, [elsewhere]],
    [{ allocationId: `${free.id},${elsewhere}` }, [free.id]],
    [{ eipAddress: used.ipAddress }, [used.id]],
    [{ eipName: 'free' }, [free.id]],
    [{ status: 'InUse' }, [used.id]],
    [{ associatedInstanceType: 'EcsInstance', associatedInstanceId: used.instanceId }, [used.id]],
    [{ associatedInstanceType: 'Nat' }, []],
    [{ ISP: 'BGP_PRO' }, [free.id]],
    [{ resourceGroupId: 'rg-1' }, [free.id]],
    [{ chargeType: 'PrePaid' }, []],
    [{ lockReason: 'financial' }, []],
    [{ tag: [{ key: 'a' }] }, [free.id]],
  ];
  for (const [parameters, ids] of cases) {
    assert.deepEqual(
      idsOf(await eipsOf(caller, parameters), 'AllocationId'),
      ids.toSorted(),
      JSON.stringify(parameters),
    );
  }
  const page = await caller.vpc('DescribeEipAddresses', { pageSize: 1, pageNumber: 2 });
  assert.partialDeepStrictEqual(page, { TotalCount: 2, PageSize: 1, PageNumber: 2 });
  assert.equal(page['EipAddresses'].EipAddress.length, 1);
});

test('elastic IPs bear tags of the Vpc product', async () => {
  const caller = await world.caller();
  const { id } = await allocate(caller);
  const named = { resourceType: 'EIP', resourceId: [id] };
  await caller.vpc('TagResources', { ...named, tag: [{ key: 'k', value: 'v' }] });
  assert.partialDeepStrictEqual(await eipsOf(caller), [{ Tags: { Tag: [{ Key: 'k', Value: 'v' }] } }]);
  const listed = (await caller.vpc('ListTagResources', named))['TagResources'].TagResource;
  assert.deepEqual(listed, [{ ResourceId: id, ResourceType: 'EIP', TagKey: 'k', TagValue: 'v' }]);
  await caller.vpc('ReleaseEipAddress', { allocationId: id });
  await world.refuses('InvalidResourceId.NotFound', 404, () =>
    caller.vpc('TagResources', { ...named, tag: [{ key: 'k' }] }),
  );
});

test('what may not be is refused, and nothing changes', async () => {
  const caller = await world.caller();
  const other = await world.caller();
  const free = await allocate(caller);
  const used = await associated(caller);
  const foreign = await allocate(other);
  const instanceId = await world.instance(caller);
  const starting = await world.instance(caller, { status: 'Starting' });
  const open = await world.instance(caller, { publicIp: '127.70.0.1' });
  const beijing = await world.instance(caller, { regionId: 'cn-beijing' });
  const classic = await world.instance(caller, { networkType: 'classic' });
  const hers = await world.instance(other);
  const associate = (of: object) => ['AssociateEipAddress', { allocationId: free.id, instanceId, ...of }] as const;
  const unassociate = (of: object) => ['UnassociateEipAddress', { allocationId: used.id, ...of }] as const;
  const cases: [call: readonly [string, Record<string, unknown>], code: string, status: number][] = [
    [['AllocateEipAddress', { bandwidth: '0' }], 'InvalidParameter', 400],
    [['AllocateEipAddress', { bandwidth: 'much' }], 'InvalidParameter', 400],
    [['AllocateEipAddress', { bandwidth: '501' }], 'InvalidParameter', 400],
    [['AllocateEipAddress', { bandwidth: '201', internetChargeType: 'PayByTraffic' }], 'InvalidParameter', 400],
    [['AllocateEipAddress', { internetChargeType: 'PayByHope' }], 'InvalidParameter', 400],
    [['AllocateEipAddress', { name: 'http://x' }], 'InvalidParameter', 400],
    [['AllocateEipAddress', { description: 'x'.repeat(257) }], 'InvalidParameter', 400],
    [['AllocateEipAddress', { resourceGroupId: 'none' }], 'InvalidResourceGroupId', 400],
    [['AllocateEipAddress', { instanceChargeType: 'PrePaid' }], 'UnsupportedParameter', 400],
    [['AllocateEipAddress', { ipAddress: '127.64.0.9' }], 'UnsupportedParameter', 400],
    [['AllocateEipAddress', { ISP: 'ChinaTelecom' }], 'UnsupportedParameter', 400],
    [associate({ allocationId: foreign.id }), 'InvalidAllocationId.NotFound', 404],
    [associate({ regionId: 'cn-beijing' }), 'InvalidAllocationId.NotFound', 404],
    [associate({ instanceId: hers }), 'InvalidInstanId.NotFound', 404],
    [associate({ instanceId: beijing }), 'InvalidParameter.Mismatch', 400],
    [associate({ instanceId: classic }), 'OperationDenied', 400],
    [associate({ instanceId: starting }), 'IncorrectInstanceStatus', 400],
    [associate({ instanceId: open }), 'BIND_INSTANCE_HAVE_PORTMAP_OR_BIND_EIP', 400],
    [associate({ instanceId: used.instanceId }), 'InvalidAssociation.Duplicated', 400],
    [associate({ allocationId: used.id }), 'IncorrectEipStatus', 400],
    [associate({ instanceType: 'Nat' }), 'InvalidInstanceType.ValueNotSupported', 400],
    [associate({ privateIpAddress: '172.16.0.250' }), 'InvalidParameter', 400],
    [associate({ mode: 'BINDED' }), 'UnsupportedParameter', 400],
    [unassociate({ allocationId: free.id }), 'IncorrectEipStatus', 400],
    [unassociate({ instanceId: hers }), 'InvalidInstanceId.NotFound', 400],
    [unassociate({ instanceId }), 'InvalidBindingStatus', 400],
    [unassociate({ allocationId: foreign.id }), 'InvalidAllocationId.NotFound', 404],
    [['ReleaseEipAddress', { allocationId: used.id }], 'IncorrectEipStatus', 400],
    [['ReleaseEipAddress', { allocationId: foreign.id }], 'InvalidAllocationId.NotFound', 404],
    [['ModifyEipAddressAttribute', { allocationId: foreign.id, name: 'mine' }], 'InvalidAllocationId.NotFound', 404],
    [['ModifyEipAddressAttribute', { allocationId: free.id, bandwidth: '501' }], 'InvalidParameter', 400],
    [['DescribeEipAddresses', { status: 'Lost' }], 'InvalidParameter', 400],
    [['DescribeEipAddresses', { chargeType: 'Free' }], 'InvalidChargeType.ValueNotSupported', 400],
    [['DescribeEipAddresses', { lockReason: 'why' }], 'InvalidLockReason.NotFound', 404],
    [
      ['DescribeEipAddresses', { associatedInstanceType: 'Car' }],
      'InvalidIAssociatedInstanceType.ValueNotSupported',
      400,
    ],
    [['DescribeEipAddresses', { pageSize: 101 }], 'InvalidParameter', 400],
  ];
  for (const [[action, parameters], code, status] of cases) {
    await world.refuses(code, status, () => caller.vpc(action, parameters));
  }
  const bandwidth = { instanceId: used.instanceId };
  await world.refuses('AllocatedAlready', 403, () => caller.ecs('AllocatePublicIpAddress', bandwidth));
});

test('an account has so many elastic IPs, all regions together', async () => {
  const caller = await world.caller();
  for (let had = 0; had < quotas.eips; had++)
    await caller.vpc('AllocateEipAddress', { regionId: had % 2 ? 'cn-beijing' : 'cn-hangzhou' });
  await world.refuses('QuotaExceeded.Eip', 400, () => caller.vpc('AllocateEipAddress'));
});

test('an elastic IP outlives its instance, free', async () => {
  const caller = await world.caller();
  const { id, instanceId } = await associated(caller, { status: 'Stopped' });
  await caller.ecs('DeleteInstance', { instanceId });
  await settled();
  assert.partialDeepStrictEqual(await eipsOf(caller), [{ AllocationId: id, Status: 'Available', InstanceId: '' }]);
});

test('an instance that can not be reached at it gives it back', async () => {
  const caller = await world.caller();
  const { id } = await allocate(caller);
  const instanceId = await world.instance(caller);
  machines.failReaddress(new WorldFault('Broken', 'The network is broken.'));
  await caller.vpc('AssociateEipAddress', { allocationId: id, instanceId });
  await settled();
  assert.partialDeepStrictEqual(await eipsOf(caller), [{ Status: 'Available', InstanceId: '' }]);
});

test('when there are no public addresses left, that is said, and what is given back can be had', async () => {
  const caller = await world.caller();
  const instanceId = await world.instance(caller, { internetMaxBandwidthOut: 5 });
  const { ids } = world.world.parts;
  const { request } = ids;
  // All random addresses are one.
  ids.request = () => 'E11F5D4A-0000-4000-8000-000000010203';
  try {
    const { id, ipAddress } = await allocate(caller);
    assert.match(ipAddress, /^127\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.\d+\.\d+$/);
    await world.refuses('ReserveIpFail', 400, () => caller.vpc('AllocateEipAddress'));
    await world.refuses('InsufficientPublicIp', 400, () => caller.ecs('AllocatePublicIpAddress', { instanceId }));
    await caller.vpc('ReleaseEipAddress', { allocationId: id });
    const { IpAddress } = await caller.ecs('AllocatePublicIpAddress', { instanceId });
    assert.equal(IpAddress, ipAddress);
    await world.refuses('ReserveIpFail', 400, () => caller.vpc('AllocateEipAddress'));
  } finally {
    ids.request = request;
  }
});
