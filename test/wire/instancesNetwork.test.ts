import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createMachines, type FakeMachines } from '../fakes/machines.ts';
import { newGroup, newPlace, newVpc, newVSwitch } from './networkVerbs.ts';
import { createNetworkWorld, type Body, type Caller, type NetworkWorld } from './networkWorld.ts';

let machines: FakeMachines;
let world: NetworkWorld;
before(async () => {
  machines = createMachines();
  world = await createNetworkWorld({ machines });
});
after(() => world[Symbol.asyncDispose]());

const describe = async (caller: Caller, id: string): Promise<Body> =>
  (await caller.ecs('DescribeInstances', { instanceIds: JSON.stringify([id]) }))['Instances'].Instance[0];

test('bandwidth, how it is paid and an address come together', async () => {
  const caller = await world.caller();
  const instanceId = await world.instance(caller);
  await caller.ecs('ModifyInstanceNetworkSpec', {
    instanceId,
    internetMaxBandwidthOut: 20,
    networkChargeType: 'PayByBandwidth',
    allocatePublicIp: true,
  });
  await world.world.settled();
  const shown = await describe(caller, instanceId);
  assert.partialDeepStrictEqual(shown, {
    InternetMaxBandwidthOut: 20,
    InternetMaxBandwidthIn: 20,
    InternetChargeType: 'PayByBandwidth',
  });
  const [address] = shown['PublicIpAddress'].IpAddress;
  assert.equal(machines.nics.get(instanceId)!.publicIp, address);
  await caller.ecs('ModifyInstanceNetworkSpec', { instanceId, internetMaxBandwidthOut: 5, allocatePublicIp: true });
  assert.partialDeepStrictEqual(await describe(caller, instanceId), {
    InternetMaxBandwidthOut: 5,
    InternetChargeType: 'PayByBandwidth',
    PublicIpAddress: { IpAddress: [address] },
  });
});

test('a network specification that can not be is refused', async () => {
  const caller = await world.caller();
  const other = await world.caller();
  const instanceId = await world.instance(caller);
  const starting = await world.instance(caller, { status: 'Starting' });
  const paid = await world.instance(caller, { chargeType: 'PrePaid' });
  const modify = (of: object) => () =>
    caller.ecs('ModifyInstanceNetworkSpec', { instanceId, internetMaxBandwidthOut: 5, ...of });
  await world.refuses('InvalidParameter', 400, modify({ internetMaxBandwidthOut: 101 }));
  await world.refuses('InvalidParameter.Bandwidth', 400, modify({ internetMaxBandwidthIn: 201 }));
  await world.refuses('InvalidInternetChargeType.ValueNotSupported', 400, modify({ networkChargeType: 'Free' }));
  await world.refuses('UnsupportedParameter', 400, modify({ startTime: '2026-12-01T00:00Z' }));
  await world.refuses('IncorrectInstanceStatus', 403, modify({ instanceId: starting }));
  await world.refuses('ChargeTypeViolation', 403, modify({ instanceId: paid }));
  await world.refuses('InvalidInstanceId.NotFound', 404, modify({ instanceId: await world.instance(other) }));
  const without = { internetMaxBandwidthOut: 0, allocatePublicIp: true };
  await world.refuses('AllocateIpInvalidInstanceBandwidth', 400, modify(without));
});

test('a stopped instance moves to another address, vSwitch and VPC', async () => {
  const { caller, vpcId, groupId } = await newPlace(world);
  const [one, two] = [
    await newVSwitch(caller, vpcId, '172.16.1.0/24'),
    await newVSwitch(caller, vpcId, '172.16.2.0/24'),
  ];
  const row = { status: 'Stopped', vpcId, vSwitchId: one, privateIp: '172.16.1.10' } as const;
  const instanceId = await world.instance(caller, row, [groupId]);
  const move = (of: object) => caller.ecs('ModifyInstanceVpcAttribute', { instanceId, ...of });
  const place = async () => {
    const { VpcAttributes, SecurityGroupIds } = await describe(caller, instanceId);
    const { VSwitchId, PrivateIpAddress } = VpcAttributes;
    return [VpcAttributes.VpcId, VSwitchId, PrivateIpAddress.IpAddress[0], SecurityGroupIds.SecurityGroupId[0]];
  };
  await move({ vSwitchId: one });
  assert.deepEqual(await place(), [vpcId, one, '172.16.1.10', groupId]);
  await move({ vSwitchId: one, privateIpAddress: '172.16.1.77' });
  assert.deepEqual(await place(), [vpcId, one, '172.16.1.77', groupId]);
  await move({ vSwitchId: two, privateIpAddress: '172.16.2.9' });
  assert.deepEqual(await place(), [vpcId, two, '172.16.2.9', groupId]);

  const farVpc = await newVpc(caller, { cidrBlock: '10.0.0.0/8' });
  const far = await newVSwitch(caller, farVpc, '10.1.0.0/16');
  const farGroup = await newGroup(caller, { vpcId: farVpc });
  await move({ vpcId: farVpc, vSwitchId: far, securityGroupId: [farGroup] });
  const [nowVpc, nowSwitch, address, group] = await place();
  assert.deepEqual([nowVpc, nowSwitch, group], [farVpc, far, farGroup]);
  assert.match(address, /^10\.1\./);
});

test('a move that can not be is refused, and nothing changes', async () => {
  const { caller, vpcId, groupId } = await newPlace(world);
  const { caller: other, vpcId: theirVpc, groupId: theirGroup } = await newPlace(world);
  const theirs = await newVSwitch(other, theirVpc, '172.16.1.0/24');
  const vSwitchId = await newVSwitch(caller, vpcId, '172.16.1.0/24');
  const elsewhere = await newVSwitch(caller, vpcId, '172.16.2.0/24', { zoneId: 'cn-hangzhou-b' });
  const farVpc = await newVpc(caller, { cidrBlock: '10.0.0.0/8' });
  const far = await newVSwitch(caller, farVpc, '10.1.0.0/16');
  const row = { vpcId, vSwitchId, privateIp: '172.16.1.10' };
  const instanceId = await world.instance(caller, { ...row, status: 'Stopped' }, [groupId]);
  const running = await world.instance(caller, { ...row, privateIp: '172.16.1.11', macAddress: '00:16:3e:00:00:11' });
  const cases: [of: object, code: string, status: number][] = [
    [{ vSwitchId: theirs }, 'InvalidVSwitchId.NotFound', 404],
    [{ vSwitchId, vpcId: theirVpc, securityGroupId: [theirGroup] }, 'InvalidVpcId.NotFound', 404],
    [{ vSwitchId: elsewhere }, 'InvalidVSwitchId.Mismatch', 400],
    [{ vSwitchId: far }, 'InvalidVSwitchId.NotFound', 404],
    [{ vSwitchId: far, vpcId: farVpc }, 'MissingParameter', 400],
    [{ vSwitchId: far, vpcId: farVpc, securityGroupId: [groupId] }, 'InvalidOperation.VpcMismatch', 403],
    [{ vSwitchId: far, vpcId: farVpc, securityGroupId: [theirGroup] }, 'InvalidSecurityGroupId.NotFound', 404],
    [{ vSwitchId, securityGroupId: [groupId] }, 'InvalidParameter', 400],
    [{ vSwitchId, privateIpAddress: 'here' }, 'InvalidPrivateIpAddress.Malformed', 400],
    [{ vSwitchId, privateIpAddress: '172.16.2.9' }, 'InvalidPrivateIpAddress.Mismatch', 400],
    [{ vSwitchId, privateIpAddress: '172.16.1.11' }, 'InvalidPrivateIpAddress.Duplicated', 400],
    [{ vSwitchId, instanceId: running, privateIpAddress: '172.16.1.12' }, 'IncorrectInstanceStatus', 400],
  ];
  for (const [of, code, status] of cases) {
    await world.refuses(code, status, () => caller.ecs('ModifyInstanceVpcAttribute', { instanceId, ...of }));
  }
});

test('a network interface shows by itself what it shows in the list', async () => {
  const caller = await world.caller();
  const other = await world.caller();
  const networkInterfaceId = 'eni-bp1aaaaaaaaaaaaaaaaaa';
  const instanceId = await world.instance(caller, { networkInterfaceId });
  const [listed] = (await caller.ecs('DescribeNetworkInterfaces', { instanceId }))['NetworkInterfaceSets']
    .NetworkInterfaceSet;
  const {
    RequestId: _,
    Attachment,
    ...alone
  } = await caller.ecs('DescribeNetworkInterfaceAttribute', { networkInterfaceId });
  assert.equal(alone['Type'], 'Primary');
  assert.deepEqual(alone['PrivateIpSets'].PrivateIpSet[0].Primary, true);
  assert.partialDeepStrictEqual(listed, alone);
  assert.partialDeepStrictEqual(Attachment, { InstanceId: instanceId, NetworkCardIndex: 0 });
  const ask = (who: Caller, of: Record<string, unknown>) => () =>
    who.ecs('DescribeNetworkInterfaceAttribute', { networkInterfaceId, ...of });
  await world.refuses('InvalidEniId.NotFound', 404, ask(other, {}));
  await world.refuses('InvalidEniId.NotFound', 404, ask(caller, { regionId: 'cn-beijing' }));
  await world.refuses('InvalidParameter', 400, ask(caller, { attribute: 'colour' }));
});

test('the ways of the metadata service change, one without the other', async () => {
  const caller = await world.caller();
  const instanceId = await world.instance(caller);
  const modify = (of: object) =>
    caller.ecs('ModifyInstanceMetadataOptions', { instanceId, httpEndpoint: 'enabled', ...of });
  const options = async () => (await describe(caller, instanceId))['MetadataOptions'];
  await modify({ httpTokens: 'required', httpPutResponseHopLimit: 2 });
  assert.deepEqual(await options(), { HttpEndpoint: 'enabled', HttpTokens: 'required', HttpPutResponseHopLimit: 2 });
  await modify({ httpEndpoint: 'disabled' });
  assert.deepEqual(await options(), { HttpEndpoint: 'disabled', HttpTokens: 'required', HttpPutResponseHopLimit: 2 });
  await world.refuses('InvalidHttpEndpoint.NotSupported', 400, () => modify({ httpEndpoint: 'ajar' }));
  await world.refuses('InvalidHttpTokens.NotSupported', 400, () => modify({ httpTokens: 'some' }));
  await world.refuses('InvalidHttpPutResponseHopLimit.NotSupported', 400, () =>
    modify({ httpPutResponseHopLimit: 65 }),
  );
  await world.refuses('UnsupportedParameter', 400, () => modify({ instanceMetadataTags: 'enabled' }));
  await world.refuses('InvalidInstanceId.NotFound', 404, () => modify({ regionId: 'cn-beijing' }));
});

test('subscriptions show that they do not renew themselves', async () => {
  const caller = await world.caller();
  const paid = await world.instance(caller, { chargeType: 'PrePaid' });
  await world.instance(caller);
  const ask = async (of: Record<string, unknown>) =>
    (await caller.ecs('DescribeInstanceAutoRenewAttribute', of))['InstanceRenewAttributes'].InstanceRenewAttribute;
  const shown = [{ InstanceId: paid, AutoRenewEnabled: false, Duration: 0, PeriodUnit: '', RenewalStatus: 'Normal' }];
  assert.deepEqual(await ask({ instanceId: paid }), shown);
  assert.deepEqual(await ask({ renewalStatus: 'Normal' }), shown);
  assert.deepEqual(await ask({ renewalStatus: 'AutoRenewal' }), []);
  await world.refuses('MissingParameter', 400, () => ask({}));
  await world.refuses('InvalidParameter', 400, () => ask({ renewalStatus: 'Never' }));
  await world.refuses('InvalidParameter', 400, () => ask({ instanceId: paid, pageSize: 'many' }));
});
