import { after, before, test } from 'node:test';
import sdk from '@alicloud/ecs20140526';
import { createInstanceWorld, REGION, type InstanceWorld, type Launcher, type RunQuery } from './instanceWorld.ts';

let world: InstanceWorld;
let alice: Launcher;
before(async () => {
  world = await createInstanceWorld();
  alice = await world.launcher();
});
after(() => world[Symbol.asyncDispose]());

type Refusal = [what: string, change: RunQuery, code: string, status: number];

const system = (of: object) => ({ systemDisk: new sdk.RunInstancesRequestSystemDisk(of) });
const data = (...of: object[]) => ({ dataDisk: of.map((disk) => new sdk.RunInstancesRequestDataDisk(disk)) });
const tag = (...pairs: [string, string][]) => ({
  tag: pairs.map(([key, value]) => new sdk.RunInstancesRequestTag({ key, value })),
});
const at = (ms: number) => new Date(world.world.parts.clock.now() + ms).toISOString().replace(/\.\d+Z$/, 'Z');

async function refusesAll(refusals: readonly Refusal[]): Promise<void> {
  for (const [what, change, code, status] of refusals) {
    await world
      .refuses(code, status, () => alice.ecs.runInstances(alice.request(change)))
      .catch((error: unknown) => {
        throw new Error(what, { cause: error });
      });
  }
}

test('amounts, names and words', async () => {
  await refusesAll([
    ['no amount', { amount: 0 }, 'InvalidParam.Amount', 403],
    ['too many', { amount: 101 }, 'InvalidParam.Amount', 403],
    ['no minimum', { amount: 2, minAmount: 0 }, 'InvalidMinAmount.Malformed', 400],
    ['a minimum above the amount', { amount: 2, minAmount: 3 }, 'InvalidMinAmount.Malformed', 400],
    ['a bad name', { instanceName: '1web' }, 'InvalidInstanceName.Malformed', 400],
    ['a bad pattern', { instanceName: 'web[x]' }, 'InvalidInstanceName.Malformed', 400],
    [
      'a name too long for its number',
      { instanceName: 'w'.repeat(126), uniqueSuffix: true, amount: 2 },
      'InvalidParams.InstanceNameExceed',
      403,
    ],
    ['a bad description', { description: 'http://x' }, 'InvalidDescription.Malformed', 400],
    ['a bad host name', { hostName: '-web' }, 'InvalidHostName.Malformed', 400],
    ['too few host names', { amount: 2, hostNames: ['one'] }, 'InvalidHostName.Malformed', 400],
    ['a bad host name among them', { hostNames: ['-one'] }, 'InvalidHostName.Malformed', 400],
    ['both kinds of host names', { hostName: 'one', hostNames: ['one'] }, 'InvalidHostName.Malformed', 400],
    [
      'a host name too long for its number',
      { hostName: 'w'.repeat(63), uniqueSuffix: true, amount: 2 },
      'InvalidParams.HostnameExceed',
      403,
    ],
    ['a bad resource group', { resourceGroupId: 'default' }, 'InvalidResourceGroup.NotFound', 404],
    ['a bad role name', { ramRoleName: 'a role' }, 'InvalidRamRole.NotFound', 404],
    ['a bad tag key', tag(['acs:x', '']), 'InvalidTagKey.Malformed', 400],
    ['a bad tag value', tag(['x', 'http://x']), 'InvalidTagValue.Malformed', 400],
    ['a tag twice', tag(['x', '1'], ['x', '2']), 'Duplicate.TagKey', 400],
    ['metadata', { httpEndpoint: 'on' }, 'InvalidHttpEndpoint.NotSupported', 400],
    ['metadata tokens', { httpTokens: 'maybe' }, 'InvalidHttpTokens.NotSupported', 400],
    ['metadata hops', { httpPutResponseHopLimit: 65 }, 'InvalidHttpPutResponseHopLimit.NotSupported', 400],
    ['a release too soon', { autoReleaseTime: at(60_000) }, 'InvalidAutoReleaseTime.Malformed', 400],
    ['a release too late', { autoReleaseTime: at(4 * 366 * 86_400_000) }, 'InvalidAutoReleaseTime.Malformed', 400],
    ['no time', { autoReleaseTime: 'tomorrow' }, 'InvalidAutoReleaseTime.Malformed', 400],
  ]);
});

test('logging in', async () => {
  const without = await world.image(alice, { isSupportCloudinit: 0 });
  await refusesAll([
    ['a weak password', { password: 'abcdefgh' }, 'InvalidPassword.Malformed', 400],
    ['two passwords', { password: 'Abcdefg1', passwordInherit: true }, 'InvalidPasswordParam.Mismatch', 400],
    ['an unknown key pair', { keyPairName: 'none' }, 'InvalidKeyPairName.NotFound', 400],
    ['user data that is no base64', { userData: '#!/bin/sh' }, 'InvalidParameter', 400],
    [
      'too much user data',
      { userData: Buffer.alloc(32 * 1024 + 1).toString('base64') },
      'InvalidUserData.SizeExceeded',
      400,
    ],
    ['user data without cloud-init', { userData: 'YQ==', imageId: without }, 'ImageNotSupportCloudInit', 400],
    [
      'user data on an old type',
      { userData: 'YQ==', instanceType: 'ecs.s2.large', ioOptimized: 'none', ...system({ category: 'cloud' }) },
      'InvalidUserData.NotSupported',
      400,
    ],
  ]);
  await alice.ecs.createKeyPair(new sdk.CreateKeyPairRequest({ regionId: REGION, keyPairName: 'login' }));
  await refusesAll([
    [
      'a key pair on an old type',
      { keyPairName: 'login', instanceType: 'ecs.s2.large' },
      'InvalidInstanceType.ValueNotSupported',
      400,
    ],
  ]);
});

test('images and instance types', async () => {
  const bob = await world.party();
  const image = (of: Parameters<InstanceWorld['image']>[1], owner: typeof bob = alice) => world.image(owner, of);
  const elsewhere = await image({ regionId: 'cn-beijing' });
  const foreign = await image({}, bob);
  const creating = await image({ status: 'Creating' });
  const arm = await image({ architecture: 'arm64' });
  const windows = await image({ osType: 'windows', architecture: 'i386' });
  const plain = await image({ isSupportIoOptimized: 0 });
  const sold = await image({ kind: 'marketplace' }, bob);
  await refusesAll([
    ['no image', { imageId: undefined }, 'MissingParameter', 400],
    ['an unknown one', { imageId: 'm-none' }, 'InvalidImageId.NotFound', 404],
    ["another region's", { imageId: elsewhere }, 'InvalidImageId.NotFound', 404],
    ["another account's", { imageId: foreign }, 'InvalidImageId.NotFound', 404],
    ['an unfinished one', { imageId: creating }, 'OperationDenied.ImageNotValid', 403],
    ['an empty family', { imageId: undefined, imageFamily: 'none' }, 'InvalidImageId.NotFound', 404],
    ['one not bought', { imageId: sold }, 'QuotaExceed.BuyImage', 403],
    ['another architecture', { imageId: arm }, 'ImageNotSupportInstanceType', 403],
    ['a 32-bit one with much memory', { imageId: windows }, 'ImageNotSupportInstanceType', 403],
    ['NVMe is needed', { instanceType: 'ecs.g8i.large' }, 'ImageNotSupportInstanceType', 403],
    ['not for I/O-optimised ones', { imageId: plain }, 'IoOptimized.NotSupported', 403],
    ['no type', { instanceType: undefined }, 'MissingParameter', 400],
    ['an unknown type', { instanceType: 'ecs.none' }, 'InvalidInstanceType.ValueNotSupported', 400],
    ['a bad I/O word', { ioOptimized: 'yes' }, 'InvalidIoOptimize.ValueNotSupported', 400],
    ['a type that is I/O-optimised', { ioOptimized: 'none' }, 'DependencyViolation.IoOptimized', 404],
    ['a type that is not', { instanceType: 'ecs.t1.small', ioOptimized: 'optimized' }, 'IoOptimized.NotSupported', 404],
    ['credits for a type without', { creditSpecification: 'Standard' }, 'InvalidParameter.CreditSpecification', 400],
    [
      'unknown credits',
      { creditSpecification: 'Much', instanceType: 'ecs.t6-c1m1.large' },
      'InvalidParameter.CreditSpecification',
      400,
    ],
  ]);
});

test('networks', async () => {
  const bob = await world.launcher();
  const classic = await world.launcher();
  const advanced = await alice.securityGroup({ securityGroupType: 'enterprise' });
  const groups = await Promise.all(Array.from({ length: 6 }, () => alice.securityGroup()));
  const outOfVpc = await alice.ecs.createVpc(new sdk.CreateVpcRequest({ regionId: REGION }));
  const otherGroup = await alice.securityGroup({ vpcId: outOfVpc.body!.vpcId! });
  await alice.run({ privateIpAddress: '172.16.0.100' });
  const nic = (of: object) => new sdk.RunInstancesRequestNetworkInterface({ instanceType: 'Primary', ...of });
  await refusesAll([
    ['no group', { securityGroupId: undefined }, 'InvalidSecurityGroupId', 404],
    ['an unknown group', { securityGroupId: 'sg-none' }, 'InvalidSecurityGroupId.NotFound', 404],
    ["another account's group", { securityGroupId: bob.securityGroupId }, 'InvalidSecurityGroupId.NotFound', 404],
    ['both ways to name groups', { securityGroupIds: groups.slice(0, 1) }, 'InvalidParameter.Conflict', 400],
    ['six groups', { securityGroupId: undefined, securityGroupIds: groups }, 'JoinedGroupLimitExceed', 400],
    [
      'basic and advanced groups',
      { securityGroupId: undefined, securityGroupIds: [groups[0]!, advanced] },
      'EnterpriseGroupLimited.MutliGroupType',
      403,
    ],
    ['a group of another VPC', { securityGroupId: otherGroup }, 'InvalidParameter.Mismatch', 400],
    ['no vSwitch', { vSwitchId: undefined }, 'MissingParameter', 400],
    ['an unknown vSwitch', { vSwitchId: 'vsw-none' }, 'InvalidVSwitchId.NotFound', 404],
    ["another account's vSwitch", { vSwitchId: classic.vSwitchId }, 'InvalidVSwitchId.NotFound', 404],
    ['an unknown zone', { zoneId: 'cn-hangzhou-z' }, 'InvalidZoneId.NotFound', 404],
    ['another zone', { zoneId: 'cn-hangzhou-b' }, 'InvalidParameter.Mismatch', 400],
    ['an unknown region', { regionId: 'cn-nowhere' }, 'InvalidRegionId.NotFound', 404],
    ['no address', { privateIpAddress: '172.16.0' }, 'InvalidPrivateIpAddress.Malformed', 400],
    ['an address outside', { privateIpAddress: '172.16.9.1' }, 'InvalidPrivateIpAddress', 400],
    ['a reserved address', { privateIpAddress: '172.16.0.253' }, 'InvalidPrivateIpAddress', 400],
    ['a taken address', { privateIpAddress: '172.16.0.100' }, 'InvalidPrivateIpAddress.Duplicated', 400],
    ['addresses that run out', { privateIpAddress: '172.16.0.252', amount: 2 }, 'InvalidPrivateIpAddress', 400],
    [
      'a network described twice',
      { networkInterface: [nic({ vSwitchId: alice.vSwitchId })] },
      'InvalidParam.NetworkInterface',
      400,
    ],
    ['a secondary interface', { networkInterface: [nic({ instanceType: 'Secondary' })] }, 'UnsupportedParameter', 400],
    ['a bad way to charge', { internetChargeType: 'Free' }, 'InvalidInternetChargeType.ValueNotSupported', 400],
    ['too much bandwidth', { internetMaxBandwidthOut: 101 }, 'InvalidParameter', 400],
    ['no bandwidth inwards', { internetMaxBandwidthIn: 0 }, 'InvalidParameter.Bandwidth', 400],
  ]);
});

test('a vSwitch that is not ready, and the retired classic network', async () => {
  const carol = await world.launcher();
  const { write } = world.world.parts.database;
  await write((tx) =>
    tx.updateTable('vSwitches').set({ status: 'Pending' }).where('id', '=', carol.vSwitchId).execute(),
  );
  await world.refuses('IncorrectVSwitchStatus', 400, () => carol.ecs.runInstances(carol.request()));
  await write((tx) =>
    tx.updateTable('securityGroups').set({ vpcId: null }).where('id', '=', carol.securityGroupId).execute(),
  );
  await world.refuses('OperationDenied.InvalidNetworkType', 403, () =>
    carol.ecs.runInstances(carol.request({ vSwitchId: undefined })),
  );
});

test('a full security group', async () => {
  const carol = await world.launcher();
  const members = Array.from({ length: 2000 }, (_, index) => ({
    instanceId: `i-${index}`,
    securityGroupId: carol.securityGroupId,
  }));
  await world.world.parts.database.write((tx) => tx.insertInto('instanceSecurityGroups').values(members).execute());
  await world.refuses('SecurityGroupInstanceLimitExceed', 403, () => carol.ecs.runInstances(carol.request()));
});

test('disks', async () => {
  const bob = await world.party();
  const foreign = await world.snapshot(bob, { sourceDiskType: 'data' });
  const unfinished = await world.snapshot(alice, { status: 'progressing' });
  const elsewhere = await world.snapshot(alice, { regionId: 'cn-beijing' });
  const large = await world.image(alice, { sizeGib: 100 });
  const full = await world.image(alice, {}, [{ sourceDiskSizeGib: 100 }]);
  const disk = { size: 20 };
  await refusesAll([
    ['an unknown system category', system({ category: 'tape' }), 'InvalidSystemDiskCategory.ValueNotSupported', 400],
    [
      'a category for data only',
      system({ category: 'elastic_ephemeral_disk_standard' }),
      'InvalidSystemDiskCategory.ValueNotSupported',
      400,
    ],
    ['a category of other types', system({ category: 'cloud_essd_entry' }), 'InvalidDiskCategory.NotSupported', 403],
    [
      'a category that wants I/O',
      { instanceType: 'ecs.s2.large', ...system({ category: 'cloud_essd' }) },
      'InvalidDiskCategory.NotSupported',
      403,
    ],
    [
      'an unknown level',
      system({ category: 'cloud_essd', performanceLevel: 'PL9' }),
      'InvalidPerformanceLevel.Malformed',
      400,
    ],
    ['no size', system({ size: 'large' }), 'InvalidSystemDiskSize.ValueNotSupported', 400],
    [
      'smaller than the image',
      { imageId: large, ...system({ size: '99' }) },
      'InvalidSystemDiskSize.LessThanImageSize',
      404,
    ],
    [
      'smaller than its level',
      system({ size: '100', category: 'cloud_essd', performanceLevel: 'PL2' }),
      'InvalidSystemDiskSize.LessThanMinSize',
      404,
    ],
    ['too large', system({ size: '2049' }), 'InvalidDisk.SystemDiskSize', 403],
    ['too large for its category', system({ size: '501', category: 'cloud' }), 'InvalidDisk.SystemDiskSize', 403],
    ['a bad disk name', system({ diskName: '1' }), 'InvalidDiskName.Malformed', 400],
    ['a bad disk description', system({ description: 'http://x' }), 'InvalidDiskDescription.Malformed', 400],
    ['neither encrypted nor not', system({ encrypted: 'yes' }), 'InvalidParameter.EncryptedIllegal', 400],
    ['an unknown key', system({ encrypted: 'true', KMSKeyId: 'k' }), 'InvalidParameter.KMSKeyId.NotFound', 404],
    [
      'an encrypted ephemeral one',
      data({ category: 'elastic_ephemeral_disk_standard', size: 64, encrypted: 'true' }),
      'InvalidParameter.EncryptedNotSupported',
      400,
    ],
    [
      'encryption that wants I/O',
      { instanceType: 'ecs.s2.large', ...system({ encrypted: 'true' }) },
      'IoOptimized.NotSupported',
      400,
    ],
    ['a key for an open one', system({ KMSKeyId: 'k' }), 'InvalidParameter.EncryptedIllegal', 400],
    ['a snapshot policy', system({ autoSnapshotPolicyId: 'sp-1' }), 'ParameterInvalid', 404],
    ['an unknown data category', data({ category: 'tape', ...disk }), 'InvalidDataDiskCategory.ValueNotSupported', 400],
    ['a data disk without size', data({ category: 'cloud_ssd' }), 'InvalidDataDiskSize.ValueNotSupported', 400],
    ['a small data disk', data({ size: 19 }), 'InvalidDataDiskSize.ValueNotSupported', 400],
    ['a large data disk', data({ size: 32769 }), 'InvalidDataDiskSize.ValueNotSupported', 400],
    ['the system device', data({ device: '/dev/xvda', ...disk }), 'InvalidDataDevice.Malformed', 400],
    [
      'a device twice',
      data({ device: '/dev/xvdb', ...disk }, { device: '/dev/xvdb', ...disk }),
      'InvalidDevice.InUse',
      403,
    ],
    ['seventeen disks', data(...Array.from({ length: 17 }, () => disk)), 'InstanceDiskNumber.LimitExceed', 400],
    [
      "sixteen and the image's",
      { imageId: full, ...data(...Array.from({ length: 16 }, () => disk)) },
      'InstanceDiskNumber.LimitExceed',
      400,
    ],
    [
      "less than the image's disk",
      { imageId: full, ...data({ device: '/dev/xvdb', size: 99 }) },
      'InvalidDiskSize.TooSmall',
      403,
    ],
    ['an unknown snapshot', data({ snapshotId: 's-none' }), 'InvalidDataDiskSnapshotId.NotFound', 404],
    ["another account's snapshot", data({ snapshotId: foreign }), 'InvalidDataDiskSnapshotId.NotFound', 404],
    ["another region's snapshot", data({ snapshotId: elsewhere }), 'InvalidDataDiskSnapshotId.NotFound', 404],
    ['an unfinished snapshot', data({ snapshotId: unfinished }), 'InvalidSnapshotId.NotReady', 403],
    [
      'an ephemeral disk of a snapshot',
      { imageId: full, ...data({ device: '/dev/xvdb', category: 'elastic_ephemeral_disk_standard' }) },
      'OperationDenied.SnapshotNotAllowed',
      403,
    ],
  ]);
});

test('what is not built is refused by name', async () => {
  await refusesAll([
    ['subscription', { instanceChargeType: 'PrePaid' }, 'UnsupportedParameter', 400],
    ['unknown charging', { instanceChargeType: 'Free' }, 'InvalidInstanceChargeType.NotFound', 404],
    ['spot', { spotStrategy: 'SpotAsPriceGo' }, 'UnsupportedParameter', 400],
    ['unknown spot', { spotStrategy: 'Cheap' }, 'InvalidSpotStrategy', 400],
    ['templates', { launchTemplateId: 'lt-1' }, 'UnsupportedParameter', 400],
    ['hosts', { dedicatedHostId: 'dh-1' }, 'UnsupportedParameter', 400],
    ['tenancy', { tenancy: 'host' }, 'UnsupportedParameter', 400],
    ['IPv6', { ipv6AddressCount: 1 }, 'UnsupportedParameter', 400],
    ['CPU options', { cpuOptions: new sdk.RunInstancesRequestCpuOptions({ core: 1 }) }, 'UnsupportedParameter', 400],
    [
      'hibernation',
      { hibernationOptions: new sdk.RunInstancesRequestHibernationOptions({ configured: true }) },
      'UnsupportedParameter',
      400,
    ],
  ]);
});

test('CreateInstance refuses in its own words', async () => {
  const request = (change: object) =>
    new sdk.CreateInstanceRequest({
      regionId: REGION,
      imageId: alice.imageId,
      instanceType: 'ecs.g6.large',
      vSwitchId: alice.vSwitchId,
      securityGroupId: alice.securityGroupId,
      ...change,
    });
  const refusals: [change: object, code: string, status: number][] = [
    [{ ioOptimized: 'yes' }, 'InvalidIoOptimizedValue.ValueNotSupported', 400],
    [{ imageId: 'm-none' }, 'InvalidImageId.NotFound', 404],
    [{ imageId: undefined }, 'MissingParameter', 400],
    [{ instanceType: 'ecs.none' }, 'InvalidInstanceType.ValueNotSupported', 400],
    [{ securityGroupId: 'sg-none' }, 'InvalidSecurityGroupId.NotFound', 404],
    [{ vSwitchId: 'vsw-none' }, 'InvalidVSwitchId.NotFound', 404],
    [{ vSwitchId: undefined }, 'MissingParameter', 400],
    [
      { systemDisk: new sdk.CreateInstanceRequestSystemDisk({ size: 19 }) },
      'InvalidSystemDiskSize.LessThanImageSize',
      404,
    ],
    [
      { dataDisk: [new sdk.CreateInstanceRequestDataDisk({ size: 20, encrypted: true, KMSKeyId: 'k' })] },
      'InvalidParameter.KMSKeyId.NotFound',
      404,
    ],
    [{ vlanId: '1' }, 'UnsupportedParameter', 400],
    [{ password: 'short' }, 'InvalidPassword.Malformed', 400],
    [{ dryRun: true }, 'DryRunOperation', 400],
  ];
  for (const [change, code, status] of refusals) {
    await world.refuses(code, status, () => alice.ecs.createInstance(request(change)));
  }
});
