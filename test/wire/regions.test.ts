import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { instanceTypes } from '../../src/rules/instanceTypes.ts';
import { regions } from '../../src/rules/regions.ts';
import { createNetworkWorld, idsOf, type Body, type Caller, type NetworkWorld } from './networkWorld.ts';

let world: NetworkWorld;
let caller: Caller;
before(async () => {
  world = await createNetworkWorld();
  caller = await world.caller();
});
after(() => world[Symbol.asyncDispose]());

test('every region is listed, in the language asked for', async () => {
  const list = async (parameters = {}): Promise<Body[]> =>
    (await caller.ecs('DescribeRegions', parameters))['Regions'].Region;
  const chinese = await list();
  assert.equal(chinese.length, regions.length);
  assert.partialDeepStrictEqual(
    chinese.find(({ RegionId }) => RegionId === 'cn-hangzhou'),
    { RegionEndpoint: 'ecs-cn-hangzhou.aliyuncs.com', LocalName: '华东1（杭州）', Status: 'available' },
  );
  for (const acceptLanguage of ['en-US', 'ja']) {
    const named = await list({ acceptLanguage, resourceType: 'disk', instanceChargeType: 'PrePaid' });
    assert.equal(named.find(({ RegionId }) => RegionId === 'cn-hangzhou')!['LocalName'], 'China (Hangzhou)');
  }
  await world.refuses('InvalidAcceptLanguage.NotFound', 404, () => list({ acceptLanguage: 'la' }));
  await world.refuses('InvalidResourceType.NotFound', 404, () => list({ resourceType: 'boat' }));
  await world.refuses('InvalidInstanceChargeType.NotFound', 404, () => list({ instanceChargeType: 'Free' }));
});

test('zones say what can be made in them', async () => {
  const list = async (parameters = {}): Promise<Body[]> =>
    (await caller.ecs('DescribeZones', parameters))['Zones'].Zone;
  const zones = await list();
  const region = regions.find(({ regionId }) => regionId === 'cn-hangzhou')!;
  assert.deepEqual(idsOf(zones, 'ZoneId'), [...region.zones].sort());
  const [zone] = zones;
  assert.deepEqual([zone!['LocalName'], zone!['ZoneType']], ['华东1（杭州） 可用区 B', 'AvailabilityZone']);
  assert.ok(zone!['AvailableResourceCreation'].ResourceTypes.includes('VSwitch'));
  assert.ok(zone!['AvailableInstanceTypes'].InstanceTypes.includes('ecs.g6.large'));
  assert.ok(zone!['AvailableDiskCategories'].DiskCategories.includes('cloud_essd'));
  assert.deepEqual(zone!['AvailableDedicatedHostTypes'], { DedicatedHostType: [] });
  const [optimized, plain]: Body[] = zone!['AvailableResources'].ResourcesInfo;
  assert.deepEqual([optimized!['IoOptimized'], plain!['IoOptimized']], [true, false]);
  assert.deepEqual(plain!['SystemDiskCategories'].supportedSystemDiskCategory.includes('cloud_essd'), false);
  assert.ok(optimized!['DataDiskCategories'].supportedDataDiskCategory.includes('cloud_essd'));
  assert.ok(plain!['InstanceTypes'].supportedInstanceType.includes('ecs.t1.small'));
  assert.ok(!optimized!['InstanceTypes'].supportedInstanceType.includes('ecs.t1.small'));
  assert.deepEqual(optimized!['NetworkTypes'].supportedNetworkCategory.toSorted(), ['classic', 'vpc']);
  assert.ok(optimized!['InstanceGenerations'].supportedInstanceGeneration.includes('ecs-6'));
  assert.ok(optimized!['InstanceTypeFamilies'].supportedInstanceTypeFamily.includes('ecs.g6'));

  const [brief] = await list({ verbose: false, acceptLanguage: 'en-US' });
  assert.equal(brief!['LocalName'], 'China (Hangzhou) Zone B');
  assert.deepEqual(brief!['AvailableInstanceTypes'], { InstanceTypes: [] });
  await world.refuses('InvalidRegionId.NotFound', 404, () => list({ regionId: 'x' }));
  await world.refuses('InvalidAcceptLanguage.NotFound', 404, () => list({ acceptLanguage: 'x' }));
  await world.refuses('InvalidInstanceChargeType.NotFound', 404, () => list({ instanceChargeType: 'x' }));
  await world.refuses('InvalidSpotStrategy', 400, () => list({ spotStrategy: 'x' }));
});

test('instance types are described, filtered and walked', async () => {
  const describe = (parameters = {}): Promise<Body> => caller.ecs('DescribeInstanceTypes', parameters);
  const list = async (parameters = {}): Promise<Body[]> => (await describe(parameters))['InstanceTypes'].InstanceType;
  const found = async (parameters: object) => idsOf(await list(parameters), 'InstanceTypeId');
  assert.equal((await list()).length, instanceTypes.length);
  const [type] = await list({ instanceTypes: ['ecs.g6.large', 'ecs.nonsense'] });
  assert.partialDeepStrictEqual(type, {
    InstanceTypeId: 'ecs.g6.large',
    InstanceTypeFamily: 'ecs.g6',
    InstanceFamilyLevel: 'EnterpriseLevel',
    InstanceCategory: 'General-purpose',
    CpuCoreCount: 2,
    MemorySize: 8,
    CpuArchitecture: 'X86',
    GPUAmount: 0,
    GPUSpec: '',
    DiskQuantity: 17,
    EniQuantity: 1,
    NetworkCards: { NetworkCardInfo: [{ NetworkCardIndex: 0 }] },
    SupportedBootModes: { SupportedBootMode: ['BIOS', 'UEFI'] },
  });
  assert.equal((await list({ instanceTypes: ['ecs.t5-lc2m1.nano'] }))[0]!['MemorySize'], 0.5);
  assert.deepEqual(await found({ instanceTypeFamily: 'ecs.g6', maximumCpuCoreCount: 2 }), ['ecs.g6.large']);
  assert.deepEqual(
    await found({ instanceTypeFamilies: ['ecs.g6', 'ecs.c6'], minimumMemorySize: 8, maximumMemorySize: 8 }),
    ['ecs.c6.xlarge', 'ecs.g6.large'],
  );
  const arm = await list({ cpuArchitecture: 'ARM' });
  assert.ok(arm.length > 0 && arm.every(({ CpuArchitecture }) => CpuArchitecture === 'ARM'));
  assert.deepEqual(arm[0]!['SupportedBootModes'], { SupportedBootMode: ['UEFI'] });
  const gpu = await list({ minimumGPUAmount: 1 });
  assert.ok(gpu.length > 0 && gpu.every(({ GPUAmount }) => GPUAmount >= 1));
  assert.ok((await list({ minimumBaselineCredit: 1 })).every(({ BaselineCredit }) => BaselineCredit >= 1));
  assert.deepEqual(await found({ minimumEniQuantity: 2 }), []);
  assert.deepEqual(await found({ minimumInstancePpsRx: 1 }), []);
  assert.deepEqual(await found({ localStorageCategory: 'local_ssd_pro' }), []);

  const walked: Body[] = [];
  let token: string | undefined;
  do {
    const page = await describe({ maxResults: 40, nextToken: token });
    walked.push(...page['InstanceTypes'].InstanceType);
    token = page['NextToken'];
  } while (token);
  assert.deepEqual(idsOf(walked, 'InstanceTypeId'), await found({}));
  await world.refuses('InvalidParameter', 400, () => describe({ nextToken: 'x' }));
});

test('families are listed by generation', async () => {
  const list = async (parameters = {}): Promise<Body[]> =>
    (await caller.ecs('DescribeInstanceTypeFamilies', parameters))['InstanceTypeFamilies'].InstanceTypeFamily;
  const all = await list();
  assert.equal(new Set(all.map(({ InstanceTypeFamilyId }) => InstanceTypeFamilyId)).size, all.length);
  assert.deepEqual(
    all.find(({ InstanceTypeFamilyId }) => InstanceTypeFamilyId === 'ecs.t1'),
    {
      InstanceTypeFamilyId: 'ecs.t1',
      Generation: 'ecs-1',
    },
  );
  assert.ok((await list({ generation: 'ecs-1' })).every(({ Generation }) => Generation === 'ecs-1'));
  assert.deepEqual(await list({ generation: 'ecs-99' }), []);
  await world.refuses('InvalidRegionId.NotFound', 404, () => list({ regionId: 'x' }));
});

test('what can be had is told by kind, zone and choice', async () => {
  const describe = async (parameters: object): Promise<Body[]> =>
    (await caller.ecs('DescribeAvailableResource', { ...parameters }))['AvailableZones'].AvailableZone;
  const values = async (parameters: object): Promise<Body[]> => {
    const [zone] = await describe({ zoneId: 'cn-hangzhou-h', ...parameters });
    return zone?.['AvailableResources'].AvailableResource[0].SupportedResources.SupportedResource ?? [];
  };
  const names = async (parameters: object) => idsOf(await values(parameters), 'Value');

  const zones = await describe({ destinationResource: 'Zone', ioOptimized: 'optimized' });
  assert.ok(zones.length > 1);
  assert.partialDeepStrictEqual(zones[0], {
    RegionId: 'cn-hangzhou',
    Status: 'Available',
    StatusCategory: 'WithStock',
  });
  assert.deepEqual(zones[0]!['AvailableResources'].AvailableResource, [
    {
      Type: 'Zone',
      SupportedResources: {
        SupportedResource: [{ Value: zones[0]!['ZoneId'], Status: 'Available', StatusCategory: 'WithStock' }],
      },
    },
  ]);
  const typed = { destinationResource: 'InstanceType', ioOptimized: 'optimized' };
  const small = { cores: 2, memory: 8, networkCategory: 'vpc', systemDiskCategory: 'cloud_essd' };
  assert.ok((await names({ ...typed, ...small })).includes('ecs.g6.large'));
  assert.deepEqual(await names({ ...typed, instanceType: 'ecs.g6.large' }), ['ecs.g6.large']);
  assert.deepEqual(await names({ ...typed, instanceType: 'ecs.g6.large', networkCategory: 'classic' }), []);
  assert.deepEqual(await names({ ...typed, instanceType: 'ecs.t1.small' }), []);
  assert.deepEqual(await names({ ...typed, ioOptimized: 'none', instanceType: 'ecs.t1.small' }), ['ecs.t1.small']);
  assert.deepEqual(await names({ ...typed, dataDiskCategory: 'cloud_nonsense' }), []);
  assert.deepEqual(await describe({ destinationResource: 'Zone', instanceType: 'ecs.nonsense' }), []);
  assert.deepEqual(await describe({ destinationResource: 'Zone', zoneId: 'cn-beijing-a' }), []);

  assert.deepEqual(await names({ destinationResource: 'IoOptimized' }), ['none', 'optimized']);
  assert.deepEqual(await names({ destinationResource: 'IoOptimized', instanceType: 'ecs.g6.large' }), ['optimized']);
  assert.deepEqual(await names({ destinationResource: 'Network', instanceType: 'ecs.g6.large' }), ['vpc']);
  const system = await values({ destinationResource: 'SystemDisk', instanceType: 'ecs.g6.large' });
  assert.deepEqual(
    system.find(({ Value }) => Value === 'cloud_essd'),
    {
      Value: 'cloud_essd',
      Status: 'Available',
      StatusCategory: 'WithStock',
      Min: 20,
      Max: 2048,
      Unit: 'GiB',
    },
  );
  assert.ok(!system.some(({ Value }) => Value.startsWith('elastic_ephemeral')));
  const data = { destinationResource: 'DataDisk', instanceType: 'ecs.g6.large', systemDiskCategory: 'cloud_essd' };
  assert.ok((await names(data)).includes('elastic_ephemeral_disk_standard'));
  assert.deepEqual(await names({ ...data, dataDiskCategory: 'cloud_ssd' }), ['cloud_ssd']);
  assert.ok((await names({ destinationResource: 'DataDisk', resourceType: 'disk' })).includes('cloud'));
  const ofOld = await names({ destinationResource: 'SystemDisk', instanceType: 'ecs.t1.small', ioOptimized: 'none' });
  assert.ok(ofOld.includes('cloud') && !ofOld.includes('cloud_essd'));
  assert.deepEqual(await describe({ destinationResource: 'ddh' }), []);
  assert.deepEqual(await describe({ destinationResource: 'Zone', resourceType: 'ddh' }), []);

  const zone = { destinationResource: 'Zone' };
  const cases: [object, string, number][] = [
    [{}, 'Invalid.Param', 400],
    [{ destinationResource: 'Boat' }, 'Invalid.DestinationResource', 404],
    [{ destinationResource: 'SystemDisk' }, 'Invalid.Param', 400],
    [{ destinationResource: 'DataDisk' }, 'Invalid.Param', 400],
    [{ ...zone, regionId: 'x' }, 'Invalid.RegionId', 404],
    [{ ...zone, cores: 2 }, 'InvalidParam.Cores', 403],
    [{ ...zone, memory: 2 }, 'InvalidParam.Memory', 403],
    [{ ...typed, instanceType: 'ecs.g6.large', cores: 2 }, 'InvalidParam.TypeAndCpuMem.Conflict', 403],
    [{ ...zone, instanceChargeType: 'x' }, 'Invalid.InstanceChargeType', 400],
    [{ ...zone, spotStrategy: 'x' }, 'Invalid.SpotStrategy', 404],
    [{ ...zone, ioOptimized: 'x' }, 'Invalid.IoOptimized', 404],
    [{ ...zone, networkCategory: 'x' }, 'Invalid.NetworkCategory', 404],
    [{ ...zone, resourceType: 'x' }, 'Invalid.ResourceType', 404],
    [{ ...zone, dedicatedHostId: 'dh-1' }, 'InvalidDedicatedHostId.NotFound', 403],
  ];
  for (const [parameters, code, status] of cases) await world.refuses(code, status, () => describe(parameters));
});

test('account attributes tell limits and use', async () => {
  const owner = await world.caller();
  const describe = async (parameters = {}): Promise<Record<string, Body[]>> => {
    const body = await owner.ecs('DescribeAccountAttributes', parameters);
    const items: Body[] = body['AccountAttributeItems'].AccountAttributeItem;
    return Object.fromEntries(items.map((item) => [item['AttributeName'], item['AttributeValues'].ValueItem]));
  };
  await world.instance(owner, { instanceType: 'ecs.g6.large' });
  await world.instance(owner, { instanceType: 'ecs.g6.xlarge' });
  await world.instance(owner, { instanceType: 'ecs.g6.large', zoneId: 'cn-hangzhou-i' });
  await world.instance(owner, { regionId: 'cn-beijing' });
  const all = await describe();
  assert.deepEqual(all['max-security-groups'], [{ Value: '100' }]);
  assert.deepEqual(all['instance-network-type'], [{ Value: 'vpc' }, { Value: 'classic' }]);
  assert.deepEqual(all['used-postpaid-instance-vcpu-count'], [
    { Value: '6', ZoneId: 'cn-hangzhou-h', InstanceChargeType: 'PostPaid' },
    { Value: '2', ZoneId: 'cn-hangzhou-i', InstanceChargeType: 'PostPaid' },
  ]);
  assert.deepEqual(all['used-postpaid-yundisk-capacity'], []);
  assert.equal(all['supported-postpaid-instance-types']!.length, instanceTypes.length);
  assert.ok(!('max-postpaid-instance-vcpu-count' in all));
  const some = await describe({
    attributeName: ['max-dedicated-hosts', 'used-postpaid-instance-vcpu-count'],
    zoneId: 'cn-hangzhou-i',
  });
  assert.deepEqual(Object.keys(some), ['max-dedicated-hosts', 'used-postpaid-instance-vcpu-count']);
  assert.deepEqual(
    some['used-postpaid-instance-vcpu-count']!.map(({ Value }) => Value),
    ['2'],
  );
  await world.refuses('InvalidParameter', 400, () => describe({ attributeName: ['max-boats'] }));
  await world.refuses('Invalid.Parameter', 403, () => describe({ regionId: undefined }));
  await world.refuses('InvalidRegionId.NotFound', 404, () => describe({ regionId: 'x' }));
});
