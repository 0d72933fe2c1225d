import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import sdk from '@alicloud/ecs20140526';
import { createInstanceWorld, REGION, ZONE, type InstanceWorld } from './instanceWorld.ts';
import { makeRole } from './ramClient.ts';

let world: InstanceWorld;
before(async () => {
  world = await createInstanceWorld();
});
after(() => world[Symbol.asyncDispose]());

test('RunInstances makes a running instance, shown with everything that clients read', async () => {
  const alice = await world.launcher();
  await makeRole(world.world, alice, 'role');
  const [id] = await alice.run({
    internetMaxBandwidthOut: 5,
    password: 'Abcdefg1',
    userData: 'IyEvYmluL3No',
    description: 'a web server',
    deletionProtection: true,
    ramRoleName: 'role',
    resourceGroupId: 'rg-web',
    httpTokens: 'required',
    tag: [new sdk.RunInstancesRequestTag({ key: 'use', value: 'web' })],
  });
  const row = (await world.row('instances', id!))!;
  assert.match(row.passwordHash!, /^\$6\$[0-9a-z]{16}\$[./0-9A-Za-z]{86}$/);
  const shown = await world.instanceOf(alice, id!);
  assert.partialDeepStrictEqual(shown, {
    InstanceId: id,
    InstanceName: id,
    HostName: `iZ${id!.slice(2)}Z`,
    Description: 'a web server',
    Status: 'Running',
    RegionId: REGION,
    ZoneId: ZONE,
    ImageId: alice.imageId,
    InstanceType: 'ecs.g6.large',
    InstanceTypeFamily: 'ecs.g6',
    Cpu: 2,
    Memory: 8192,
    CpuOptions: { CoreCount: 1, ThreadsPerCore: 2 },
    OSType: 'linux',
    IoOptimized: true,
    InstanceChargeType: 'PostPaid',
    ExpiredTime: '2099-12-31T15:59Z',
    InternetChargeType: 'PayByTraffic',
    InternetMaxBandwidthOut: 5,
    InternetMaxBandwidthIn: 10,
    InstanceNetworkType: 'vpc',
    SecurityGroupIds: { SecurityGroupId: [alice.securityGroupId] },
    VpcAttributes: {
      VpcId: alice.vpcId,
      VSwitchId: alice.vSwitchId,
      NatIpAddress: '',
      PrivateIpAddress: { IpAddress: ['172.16.0.1'] },
    },
    PublicIpAddress: { IpAddress: [row.publicIp] },
    InnerIpAddress: { IpAddress: [] },
    EipAddress: { AllocationId: '', IpAddress: '', InternetChargeType: '' },
    RdmaIpAddress: { IpAddress: [] },
    OperationLocks: { LockReason: [] },
    DeletionProtection: true,
    DeviceAvailable: true,
    Recyclable: false,
    StoppedMode: 'Not-applicable',
    SpotStrategy: 'NoSpot',
    KeyPairName: '',
    AutoReleaseTime: '',
    ResourceGroupId: 'rg-web',
    MetadataOptions: { HttpEndpoint: 'enabled', HttpTokens: 'required' },
    Tags: {
      Tag: [
        { TagKey: 'use', TagValue: 'web' },
        { TagKey: 'acs:tongjing:driver', TagValue: 'none' },
      ],
    },
  });
  assert.match(row.publicIp!, /^127\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.\d+\.\d+$/);
  assert.match(String(shown['CreationTime']), /^\d{4}-\d\d-\d\dT\d\d:\d\dZ$/);
  assert.match(String(shown['StartTime']), /^\d{4}-\d\d-\d\dT\d\d:\d\dZ$/);
  assert.deepEqual(shown['NetworkInterfaces'], {
    NetworkInterface: [
      {
        NetworkInterfaceId: row.networkInterfaceId,
        MacAddress: row.macAddress,
        PrimaryIpAddress: '172.16.0.1',
        Type: 'Primary',
        PrivateIpSets: { PrivateIpSet: [{ PrivateIpAddress: '172.16.0.1', Primary: true }] },
        Ipv6Sets: { Ipv6Set: [] },
        Ipv4PrefixSets: { Ipv4PrefixSet: [] },
        Ipv6PrefixSets: { Ipv6PrefixSet: [] },
      },
    ],
  });
  assert.match(row.macAddress, /^00:16:3e(:[0-9a-f]{2}){3}$/);
});

test('the system disk holds what the image holds, and tags go to disks and interface too', async () => {
  const alice = await world.launcher();
  const tag = [new sdk.RunInstancesRequestTag({ key: 'use', value: 'web' })];
  const { id } = await alice.running({ tag });
  const [system] = await world.disksOf(alice, id);
  assert.partialDeepStrictEqual(system!, {
    Type: 'system',
    Category: 'cloud_efficiency',
    Size: 40,
    Status: 'In_use',
    Device: '/dev/xvda',
    ImageId: alice.imageId,
    SourceSnapshotId: '',
    DeleteWithInstance: true,
    DeleteAutoSnapshot: true,
    Portable: false,
    Encrypted: false,
    Tags: { Tag: [{ TagKey: 'use', TagValue: 'web' }] },
    Attachments: { Attachment: [{ InstanceId: id, Device: '/dev/xvda' }] },
  });
  const disk = (await world.row('disks', String(system!['DiskId'])))!;
  const [snapshotId] = await world.snapshotsOf(alice.imageId);
  assert.equal(world.world.plane.disks.get(disk.volumeId)!.content, `content of ${snapshotId}`);
  assert.equal(world.world.plane.disks.get(disk.volumeId)!.sizeBytes, 40 * 1024 ** 3);
  const { body } = await alice.ecs.describeNetworkInterfaces(
    new sdk.DescribeNetworkInterfacesRequest({
      regionId: REGION,
      tag: [new sdk.DescribeNetworkInterfacesRequestTag({ key: 'use' })],
    }),
  );
  assert.equal(body!.networkInterfaceSets!.networkInterfaceSet![0]!.instanceId, id);
});

test('CreateInstance leaves the instance Stopped, without a public address', async () => {
  const alice = await world.launcher();
  const { body } = await alice.ecs.createInstance(
    new sdk.CreateInstanceRequest({
      regionId: REGION,
      imageId: alice.imageId,
      instanceType: 'ecs.g6.large',
      vSwitchId: alice.vSwitchId,
      securityGroupId: alice.securityGroupId,
      internetMaxBandwidthOut: 5,
      systemDisk: new sdk.CreateInstanceRequestSystemDisk({ size: 50, category: 'cloud_ssd', diskName: 'root' }),
      dataDisk: [new sdk.CreateInstanceRequestDataDisk({ size: 30, encrypted: false })],
    }),
  );
  await world.world.settled();
  const shown = await world.instanceOf(alice, body!.instanceId!);
  assert.equal(shown['Status'], 'Stopped');
  assert.equal(shown['StartTime'], '');
  assert.deepEqual(shown['PublicIpAddress'], { IpAddress: [] });
  const [system, data] = await world.disksOf(alice, body!.instanceId!);
  assert.partialDeepStrictEqual(system!, { Size: 50, Category: 'cloud_ssd', DiskName: 'root' });
  assert.partialDeepStrictEqual(data!, { Size: 30, Device: '/dev/xvdb', DeleteWithInstance: true, Portable: true });
});

test('many at once: names, host names and addresses count up', async () => {
  const alice = await world.launcher();
  const ids = await alice.run({
    amount: 3,
    instanceName: 'web-[1,2]-x',
    hostName: 'node-${instance_id}',
    privateIpAddress: '172.16.0.20',
  });
  assert.equal(new Set(ids).size, 3);
  for (const [index, id] of ids.entries()) {
    const row = (await world.row('instances', id))!;
    assert.equal(row.name, `web-0${index + 1}-x`);
    assert.equal(row.hostName, `node-${id}`);
    assert.equal(row.privateIp, `172.16.0.${20 + index}`);
  }
  const suffixed = await alice.run({ amount: 2, instanceName: 'db', hostName: 'db', uniqueSuffix: true });
  const rows = await Promise.all(suffixed.map((id) => world.row('instances', id)));
  assert.deepEqual(
    rows.map((row) => [row!.name, row!.hostName]),
    [
      ['db001', 'db001'],
      ['db002', 'db002'],
    ],
  );
  const listed = await alice.run({ amount: 2, hostNames: ['first', 'second'] });
  const hosts = await Promise.all(listed.map(async (id) => (await world.row('instances', id))!.hostName));
  assert.deepEqual(hosts, ['first', 'second']);
});

test('fewer are made when the vSwitch has fewer addresses, but not fewer than MinAmount', async () => {
  const alice = await world.launcher();
  // 16 addresses, of which four are reserved.
  const vSwitchId = await alice.vSwitch('172.16.1.0/28');
  const ids = await alice.run({ vSwitchId, amount: 20, minAmount: 2 });
  const addresses = await Promise.all(ids.map(async (id) => (await world.row('instances', id))!.privateIp));
  assert.deepEqual(
    addresses,
    Array.from({ length: 12 }, (_, index) => `172.16.1.${index + 1}`),
  );
  await world.refuses('QuotaExceeded.PrivateIpAddress', 400, () =>
    alice.ecs.runInstances(alice.request({ vSwitchId })),
  );
});

test('data disks: those of the image first, changed by device, then the others', async () => {
  const alice = await world.launcher();
  const imageId = await world.image(alice, {}, [{ sourceDiskSizeGib: 30 }, null]);
  const [, dataSnapshot] = await world.snapshotsOf(imageId);
  const own = await world.snapshot(alice, { sourceDiskType: 'data', sourceDiskSizeGib: 70 });
  const disk = (of: object) => new sdk.RunInstancesRequestDataDisk(of);
  const { id } = await alice.running({
    imageId,
    dataDisk: [
      disk({ device: '/dev/xvdb', size: 60, category: 'cloud_ssd', deleteWithInstance: false, diskName: 'first' }),
      disk({ size: 25, category: 'cloud_essd', performanceLevel: 'PL0' }),
      disk({ snapshotId: own, size: 20 }),
      disk({ device: '/dev/xvdz', size: 20 }),
    ],
  });
  const disks = await world.disksOf(alice, id);
  assert.deepEqual(
    disks.map((shown) => [shown['Device'], shown['Size'], shown['Category'], shown['SourceSnapshotId']]),
    [
      ['/dev/xvda', 40, 'cloud_efficiency', ''],
      ['/dev/xvdb', 60, 'cloud_ssd', dataSnapshot],
      ['/dev/xvdc', 20, 'cloud_efficiency', ''],
      ['/dev/xvdd', 25, 'cloud_essd', ''],
      ['/dev/xvde', 70, 'cloud_efficiency', own],
      ['/dev/xvdz', 20, 'cloud_efficiency', ''],
    ],
  );
  assert.partialDeepStrictEqual(disks[1]!, { DeleteWithInstance: false, DiskName: 'first' });
  assert.equal(disks[3]!['PerformanceLevel'], 'PL0');
  const contents = await Promise.all(
    disks.map(async ({ DiskId }) => {
      const row = (await world.row('disks', String(DiskId)))!;
      return world.world.plane.disks.get(row.volumeId)!.content;
    }),
  );
  assert.deepEqual(contents.slice(1), [`content of ${dataSnapshot}`, '', '', `content of ${own}`, '']);
});

test('an image family gives its newest available image', async () => {
  const alice = await world.launcher();
  await world.image(alice, { family: 'web', createdAt: 1 });
  const newest = await world.image(alice, { family: 'web', createdAt: 2 });
  await world.image(alice, { family: 'web', createdAt: 3, status: 'Deprecated' });
  const [id] = await alice.run({ imageId: undefined, imageFamily: 'web' });
  assert.equal((await world.row('instances', id!))!.imageId, newest);
});

test('the network may be described as NetworkInterface.1', async () => {
  const alice = await world.launcher();
  const [id] = await alice.run({
    vSwitchId: undefined,
    securityGroupId: undefined,
    networkInterface: [
      new sdk.RunInstancesRequestNetworkInterface({
        instanceType: 'Primary',
        vSwitchId: alice.vSwitchId,
        securityGroupIds: [alice.securityGroupId],
        primaryIpAddress: '172.16.0.9',
      }),
    ],
  });
  assert.equal((await world.row('instances', id!))!.privateIp, '172.16.0.9');
});

test('an image that another account shares, and public ones, serve too', async () => {
  const [alice, bob] = [await world.launcher(), await world.party()];
  const shared = await world.image(bob, {}, [{}]);
  await world.share(shared, alice);
  const [id] = await alice.run({ imageId: shared });
  const disks = await world.disksOf(alice, id!);
  assert.equal(disks[1]!['SourceSnapshotId'], '', "another account's snapshot is not named");
  const [fromPublic] = await alice.run({ imageId: await world.image(world.operator, { kind: 'system' }) });
  assert.equal((await world.row('instances', fromPublic!))!.status, 'Running');
});

test("a key pair, Packer's size 0, blank options and a time to release are taken", async () => {
  const alice = await world.launcher();
  await alice.ecs.createKeyPair(new sdk.CreateKeyPairRequest({ regionId: REGION, keyPairName: 'login' }));
  const soon = new Date(world.world.parts.clock.now() + 3 * 3600_000).toISOString().replace(/\.\d+Z$/, 'Z');
  const [id] = await alice.run({
    keyPairName: 'login',
    systemDisk: new sdk.RunInstancesRequestSystemDisk({ size: '0' }),
    autoReleaseTime: soon,
    spotStrategy: 'NoSpot',
    instanceChargeType: 'PostPaid',
    securityEnhancementStrategy: 'Active',
  });
  const shown = await world.instanceOf(alice, id!);
  assert.equal(shown['KeyPairName'], 'login');
  assert.equal(shown['AutoReleaseTime'], `${soon.slice(0, 16)}Z`);
});

test('a ClientToken makes one instance, DryRun none', async () => {
  const alice = await world.launcher();
  const request = alice.request({ clientToken: 'once' });
  const first = await alice.ecs.runInstances(request);
  const second = await alice.ecs.runInstances(request);
  assert.deepEqual(second.body!.instanceIdSets!.instanceIdSet, first.body!.instanceIdSets!.instanceIdSet);
  await world.refuses('DryRunOperation', 400, () => alice.ecs.runInstances(alice.request({ dryRun: true })));
});
