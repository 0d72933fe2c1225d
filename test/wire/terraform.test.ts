import assert from 'node:assert/strict';
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { createImageWorld, type ImageWorld } from './imageWorld.ts';
import { callerOf, type Body, type Caller } from './networkWorld.ts';

/**
 * What the Terraform provider calls, in its order, for a small stack: networks, security group, key pair, instance with its refresh, disk,
 * image, elastic IP, another image in the instance's place, and the destruction of it all. Each step builds on those before.
 */

const ZONE = 'cn-hangzhou-h';

let world: ImageWorld;
let cloud: Caller;
let firstImage: string;
before(async () => {
  world = await createImageWorld();
  const party = await world.party();
  cloud = callerOf(world.world, party);
  firstImage = await world.image(party);
});
after(() => world[Symbol.asyncDispose]());

/** What the provider keeps in its state. */
const state: Record<string, string> = {};

const token = (action: string) => `TF-${action}-1790000000-${randomUUID()}`.slice(0, 64);
const settled = () => world.world.settled();
const one = (ids: string) => JSON.stringify([ids]);

/** As the provider takes it: the error's code, or that the list is empty. */
async function codeOf(call: Promise<unknown>): Promise<string> {
  return call.then(
    () => 'none',
    (error: { code: string }) => error.code,
  );
}

async function instance(): Promise<Body> {
  const asked = {
    instanceIds: one(state['instance']!),
    additionalAttributes: ['META_OPTIONS', 'DDH_CLUSTER', 'NETWORK_PRIMARY_ENI_IP', 'CPU_OPTIONS_TOPOLOGY_TYPE'],
  };
  const [found] = (await cloud.ecs('DescribeInstances', asked))['Instances'].Instance;
  return found;
}

const disksOf = async (parameters: object): Promise<Body[]> =>
  (await cloud.ecs('DescribeDisks', { ...parameters }))['Disks'].Disk;

/** The describes of one refresh; each that fails fails the whole resource. */
async function refresh(): Promise<Body> {
  const instanceId = state['instance']!;
  const shown = await instance();
  assert.equal(shown['InstanceId'], instanceId);
  const [system] = await disksOf({ instanceId, diskType: 'system' });
  assert.equal(typeof system!['DeleteAutoSnapshot'], 'boolean');
  assert.equal(system!['InstanceId'], instanceId);
  const { UserData } = await cloud.ecs('DescribeUserData', { instanceId });
  const attribute = await cloud.ecs('DescribeInstanceAttribute', { instanceId });
  assert.equal(attribute['InstanceId'], instanceId);
  const roles = await cloud.ecs('DescribeInstanceRamRole', { instanceIds: one(instanceId) });
  assert.ok(Array.isArray(roles['InstanceRamRoleSets'].InstanceRamRoleSet));
  const [card] = shown['NetworkInterfaces'].NetworkInterface;
  assert.equal(card.Type, 'Primary');
  const asked = { networkInterfaceId: [card.NetworkInterfaceId] };
  const [eni] = (await cloud.ecs('DescribeNetworkInterfaces', asked))['NetworkInterfaceSets'].NetworkInterfaceSet;
  assert.equal(eni.PrivateIpSets.PrivateIpSet[0].Primary, true);
  assert.deepEqual(eni.Ipv6Sets, { Ipv6Set: [] });
  assert.deepEqual(eni.SecurityGroupIds, shown['SecurityGroupIds']);
  assert.equal(eni.Attachment.NetworkCardIndex, 0);
  const maintenance = await cloud.ecs('DescribeInstanceMaintenanceAttributes', { instanceId: [instanceId] });
  const [plan] = maintenance['MaintenanceAttributes'].MaintenanceAttribute;
  assert.equal(plan.InstanceId, instanceId);
  assert.equal(typeof plan.ActionOnMaintenance.Value, 'string');
  const pools = await cloud.ecs('DescribeInstanceAttachmentAttributes', { instanceIds: one(instanceId) });
  assert.equal(pools['Instances'].Instance[0].InstanceId, instanceId);
  const named = { resourceType: 'instance', resourceId: [instanceId] };
  assert.ok(Array.isArray((await cloud.ecs('ListTagResources', named))['TagResources'].TagResource));
  if (shown['InstanceChargeType'] === 'PrePaid') await cloud.ecs('DescribeInstanceAutoRenewAttribute', { instanceId });
  return { ...shown, UserData, SystemDisk: system };
}

test('alicloud_vpc and alicloud_vswitch', async () => {
  const made = await cloud.vpc('CreateVpc', {
    cidrBlock: '172.16.0.0/12',
    vpcName: 'stack',
    clientToken: token('CreateVpc'),
  });
  state['vpc'] = made['VpcId'];
  const vpc = await cloud.vpc('DescribeVpcAttribute', { vpcId: state['vpc'] });
  assert.equal(vpc['Status'], 'Available');
  const tables = await cloud.vpc('DescribeRouteTableList', { vpcId: state['vpc'] });
  const [table] = tables['RouterTableList'].RouterTableListType;
  assert.deepEqual([table.RouteTableType, table.VpcId], ['System', state['vpc']]);
  const vSwitch = {
    vpcId: state['vpc'],
    cidrBlock: '172.16.0.0/21',
    zoneId: ZONE,
    clientToken: token('CreateVSwitch'),
  };
  state['vSwitch'] = (await cloud.vpc('CreateVSwitch', vSwitch))['VSwitchId'];
  const attributes = await cloud.vpc('DescribeVSwitchAttributes', { vSwitchId: state['vSwitch'] });
  assert.partialDeepStrictEqual(attributes, { Status: 'Available', ZoneId: ZONE, VpcId: state['vpc'] });
});

test('alicloud_security_group and its rule', async () => {
  const group = { vpcId: state['vpc'], securityGroupName: 'stack', clientToken: token('CreateSecurityGroup') };
  state['group'] = (await cloud.ecs('CreateSecurityGroup', group))['SecurityGroupId'];
  const securityGroupId = state['group'];
  await cloud.ecs('ModifySecurityGroupPolicy', { securityGroupId, innerAccessPolicy: 'Accept' });
  const rule = {
    ipProtocol: 'tcp',
    nicType: 'intranet',
    policy: 'accept',
    portRange: '22/22',
    priority: '1',
    sourceCidrIp: '0.0.0.0/0',
  };
  const authorised = { securityGroupId, permissions: [rule], clientToken: token('AuthorizeSecurityGroup') };
  await cloud.ecs('AuthorizeSecurityGroup', authorised);
  const shown = await cloud.ecs('DescribeSecurityGroupAttribute', {
    securityGroupId,
    direction: 'ingress',
    nicType: 'intranet',
  });
  assert.equal(shown['InnerAccessPolicy'], 'Accept');
  assert.partialDeepStrictEqual(shown['Permissions'].Permission, [{ PortRange: '22/22', SourceCidrIp: '0.0.0.0/0' }]);
  await cloud.ecs('ModifySecurityGroupRule', { securityGroupId, ...rule, description: 'ssh' });
});

test('alicloud_key_pair from a public key', async () => {
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const { n, e } = publicKey.export({ format: 'jwk' });
  const part = (bytes: Buffer) => Buffer.concat([Buffer.from(Uint32Array.of(bytes.length).buffer).reverse(), bytes]);
  const number = (text: string) => Buffer.concat([Buffer.from([0]), Buffer.from(text, 'base64url')]);
  const blob = Buffer.concat([part(Buffer.from('ssh-rsa')), part(Buffer.from(e!, 'base64url')), part(number(n!))]);
  const body = `ssh-rsa ${blob.toString('base64')}`;
  await cloud.ecs('ImportKeyPair', { keyPairName: 'stack', publicKeyBody: body });
  const [pair] = (await cloud.ecs('DescribeKeyPairs', { keyPairName: 'stack' }))['KeyPairs'].KeyPair;
  assert.match(pair.KeyPairFingerPrint, /^[0-9a-f]{32}$/);
});

test('alicloud_instance: made, awaited, refreshed', async () => {
  const { InstanceIdSets } = await cloud.ecs('RunInstances', {
    imageId: firstImage,
    instanceType: 'ecs.g6.large',
    instanceName: 'stack',
    hostName: 'stack',
    zoneId: ZONE,
    vSwitchId: state['vSwitch'],
    securityGroupIds: [state['group']],
    instanceChargeType: 'PostPaid',
    internetChargeType: 'PayByTraffic',
    internetMaxBandwidthOut: 0,
    ioOptimized: 'optimized',
    spotStrategy: 'NoSpot',
    systemDisk: { category: 'cloud_essd', size: '40' },
    userData: 'IyEvYmluL3No',
    httpEndpoint: 'enabled',
    httpTokens: 'optional',
    tag: [{ key: 'stack', value: 'one' }],
    clientToken: token('RunInstances'),
  });
  [state['instance'] = ''] = InstanceIdSets.InstanceIdSet;
  await settled();
  const shown = await refresh();
  assert.partialDeepStrictEqual(shown, {
    Status: 'Running',
    ImageId: firstImage,
    InstanceName: 'stack',
    HostName: 'stack',
    InstanceChargeType: 'PostPaid',
    UserData: 'IyEvYmluL3No',
    SecurityGroupIds: { SecurityGroupId: [state['group']] },
    MetadataOptions: { HttpEndpoint: 'enabled', HttpTokens: 'optional' },
    Tags: { Tag: [{ TagKey: 'stack', TagValue: 'one' }] },
  });
  assert.deepEqual(await refresh(), shown);
});

test('alicloud_instance: changed in place', async () => {
  const instanceId = state['instance']!;
  await cloud.ecs('ModifyInstanceAttribute', { instanceId, instanceName: 'renamed', description: 'of a stack' });
  await cloud.ecs('ModifyInstanceAttribute', { instanceId, deletionProtection: true });
  await cloud.ecs('ModifyInstanceMetadataOptions', { instanceId, httpEndpoint: 'enabled', httpTokens: 'required' });
  await cloud.ecs('ModifyInstanceNetworkSpec', {
    instanceId,
    internetMaxBandwidthOut: 5,
    clientToken: token('Modify'),
  });
  await cloud.ecs('AllocatePublicIpAddress', { instanceId });
  await cloud.ecs('ModifyInstanceAutoReleaseTime', { instanceId, autoReleaseTime: '' });
  const second = { vpcId: state['vpc'], securityGroupName: 'second' };
  const securityGroupId = (await cloud.ecs('CreateSecurityGroup', second))['SecurityGroupId'];
  await cloud.ecs('JoinSecurityGroup', { instanceId, securityGroupId });
  assert.equal((await instance())['SecurityGroupIds'].SecurityGroupId.length, 2);
  await cloud.ecs('LeaveSecurityGroup', { instanceId, securityGroupId });
  await cloud.ecs('DeleteSecurityGroup', { securityGroupId });
  assert.equal(
    await codeOf(cloud.ecs('DeleteInstance', { instanceId, force: true })),
    'InvalidOperation.DeletionProtection',
  );
  await cloud.ecs('ModifyInstanceAttribute', { instanceId, deletionProtection: false });
  const shown = await refresh();
  assert.partialDeepStrictEqual(shown, {
    InstanceName: 'renamed',
    Description: 'of a stack',
    InternetMaxBandwidthOut: 5,
    MetadataOptions: { HttpTokens: 'required' },
  });
  assert.equal(shown['PublicIpAddress'].IpAddress.length, 1);
});

test('alicloud_instance: changed with a stop', async () => {
  const instanceId = state['instance']!;
  await cloud.ecs('StopInstance', { instanceId, forceStop: false });
  await settled();
  await cloud.ecs('ModifyInstanceSpec', { instanceId, instanceType: 'ecs.g6.xlarge', clientToken: token('Modify') });
  const place = { vSwitchId: state['vSwitch'], privateIpAddress: '172.16.0.77' };
  await cloud.ecs('ModifyInstanceVpcAttribute', { instanceId, ...place });
  await cloud.ecs('StartInstance', { instanceId });
  await settled();
  assert.partialDeepStrictEqual(await refresh(), {
    Status: 'Running',
    InstanceType: 'ecs.g6.xlarge',
    VpcAttributes: { PrivateIpAddress: { IpAddress: ['172.16.0.77'] } },
  });
});

test('alicloud_key_pair_attachment', async () => {
  const instanceIds = one(state['instance']!);
  const attached = await cloud.ecs('AttachKeyPair', { keyPairName: 'stack', instanceIds });
  assert.deepEqual([attached['TotalCount'], attached['FailCount']], ['1', '0']);
  const asked = { keyPairName: 'stack', maxResults: 50 };
  const { Instance } = (await cloud.ecs('DescribeInstances', asked))['Instances'];
  assert.deepEqual([Instance[0].InstanceId, Instance[0].KeyPairName], [state['instance'], 'stack']);
});

test('alicloud_image of the instance, as long as it has no other disk', async () => {
  const image = { instanceId: state['instance'], imageName: 'stack', clientToken: token('CreateImage') };
  state['image'] = (await cloud.ecs('CreateImage', image))['ImageId'];
  await settled();
  const asked = { imageId: state['image'], status: 'ALL' };
  const [made] = (await cloud.ecs('DescribeImages', asked))['Images'].Image;
  assert.deepEqual([made.Status, made.Usable], ['Available', true]);
  await cloud.ecs('ModifyImageAttribute', { imageId: state['image'], description: 'of the stack' });
  const [described] = (await cloud.ecs('DescribeImages', asked))['Images'].Image;
  assert.equal(described.Description, 'of the stack');
});

test('alicloud_ecs_disk and its attachment', async () => {
  const disk = {
    zoneId: ZONE,
    diskCategory: 'cloud_essd',
    performanceLevel: 'PL1',
    size: 20,
    diskName: 'data',
    clientToken: token('CreateDisk'),
  };
  state['disk'] = (await cloud.ecs('CreateDisk', disk))['DiskId'];
  await settled();
  const diskIds = one(state['disk']!);
  assert.partialDeepStrictEqual(await disksOf({ diskIds }), [{ Status: 'Available', InstanceId: '', Size: 20 }]);
  await cloud.ecs('AttachDisk', { diskId: state['disk'], instanceId: state['instance'] });
  await settled();
  const [attached] = await disksOf({ diskIds });
  assert.partialDeepStrictEqual(attached, {
    Status: 'In_use',
    InstanceId: state['instance'],
    DiskName: 'data',
    DeleteWithInstance: false,
    DeleteAutoSnapshot: true,
    Encrypted: false,
    PerformanceLevel: 'PL1',
  });
});

test('alicloud_instance: another image in its place', async () => {
  const instanceId = state['instance']!;
  const [before_] = await disksOf({ instanceId, diskType: 'system' });
  await cloud.ecs('StopInstance', { instanceId, forceStop: false });
  await settled();
  await cloud.ecs('ReplaceSystemDisk', {
    instanceId,
    imageId: state['image'],
    systemDisk: { size: 40 },
    clientToken: token('ReplaceSystemDisk'),
  });
  await settled();
  await cloud.ecs('StartInstance', { instanceId });
  await settled();
  const shown = await refresh();
  assert.deepEqual([shown['Status'], shown['ImageId']], ['Running', state['image']]);
  assert.notEqual(shown['SystemDisk'].DiskId, before_!['DiskId']);
});

test('alicloud_eip_address and its association', async () => {
  // An instance with a public address of its own takes none.
  const { InstanceIdSets } = await cloud.ecs('RunInstances', {
    imageId: firstImage,
    instanceType: 'ecs.g6.large',
    vSwitchId: state['vSwitch'],
    securityGroupId: state['group'],
  });
  [state['second'] = ''] = InstanceIdSets.InstanceIdSet;
  await settled();
  const made = await cloud.vpc('AllocateEipAddress', {
    bandwidth: '5',
    internetChargeType: 'PayByTraffic',
    name: 'stack',
    clientToken: token('AllocateEipAddress'),
  });
  state['eip'] = made['AllocationId'];
  const eip = async () =>
    (await cloud.vpc('DescribeEipAddresses', { allocationId: state['eip'] }))['EipAddresses'].EipAddress[0];
  assert.equal((await eip()).Status, 'Available');
  const bound = { allocationId: state['eip'], instanceId: state['second'], instanceType: 'EcsInstance' };
  await cloud.vpc('AssociateEipAddress', { ...bound, clientToken: token('AssociateEipAddress') });
  await settled();
  assert.partialDeepStrictEqual(await eip(), { Status: 'InUse', InstanceId: state['second'], Name: 'stack' });
  await cloud.vpc('TagResources', { resourceType: 'EIP', resourceId: [state['eip']], tag: [{ key: 'k', value: 'v' }] });
  await cloud.vpc('UnassociateEipAddress', { ...bound, clientToken: token('UnassociateEipAddress') });
  await settled();
  assert.equal((await eip()).Status, 'Available');
  await cloud.vpc('ReleaseEipAddress', { allocationId: state['eip'] });
  assert.equal(await eip(), undefined);
});

test('all of it is destroyed, and known to be gone', async () => {
  const instanceId = state['instance']!;
  await cloud.ecs('DetachKeyPair', { keyPairName: 'stack', instanceIds: one(instanceId) });
  await cloud.ecs('DetachDisk', { diskId: state['disk'], instanceId });
  await settled();
  await cloud.ecs('DeleteDisk', { diskId: state['disk'] });
  await settled();
  assert.deepEqual(await disksOf({ diskIds: one(state['disk']!) }), []);
  await cloud.ecs('DeleteImage', { imageId: state['image'], force: true });
  const images = await cloud.ecs('DescribeImages', { imageId: state['image'], status: 'ALL' });
  assert.deepEqual(images['Images'].Image, []);
  for (const id of [instanceId, state['second']!]) await cloud.ecs('DeleteInstance', { instanceId: id, force: true });
  await settled();
  assert.equal(await instance(), undefined);
  assert.equal(await codeOf(cloud.ecs('DescribeInstanceAttribute', { instanceId })), 'InvalidInstanceId.NotFound');
  await cloud.ecs('DeleteKeyPairs', { keyPairNames: one('stack') });
  assert.deepEqual((await cloud.ecs('DescribeKeyPairs', { keyPairName: 'stack' }))['KeyPairs'].KeyPair, []);
  const securityGroupId = state['group'];
  const rule = { ipProtocol: 'tcp', portRange: '22/22', priority: '1', sourceCidrIp: '0.0.0.0/0', nicType: 'intranet' };
  await cloud.ecs('RevokeSecurityGroup', { securityGroupId, ...rule });
  await cloud.ecs('DeleteSecurityGroup', { securityGroupId });
  const group = cloud.ecs('DescribeSecurityGroupAttribute', { securityGroupId });
  assert.equal(await codeOf(group), 'InvalidSecurityGroupId.NotFound');
  await cloud.vpc('DeleteVSwitch', { vSwitchId: state['vSwitch'] });
  const gone = await cloud.vpc('DescribeVSwitchAttributes', { vSwitchId: state['vSwitch'] }).then(
    (shown) => shown['VSwitchId'],
    (error: { code: string }) => error.code,
  );
  assert.ok(['', 'InvalidVswitchID.NotFound', 'InvalidVSwitchId.NotFound'].includes(gone), gone);
  await cloud.vpc('DeleteVpc', { vpcId: state['vpc'] });
  const vpc = await codeOf(cloud.vpc('DescribeVpcAttribute', { vpcId: state['vpc'] }));
  assert.ok(['InvalidVpcId.NotFound', 'InvalidVpcID.NotFound', 'InvalidResource.NotFound'].includes(vpc), vpc);
});
