import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { MISSING_VPC, MISSING_VSWITCH, newVpc, newVSwitch, vSwitchesOf } from './networkVerbs.ts';
import { createNetworkWorld, type NetworkWorld } from './networkWorld.ts';

let world: NetworkWorld;
before(async () => {
  world = await createNetworkWorld();
});
after(() => world[Symbol.asyncDispose]());

const PRODUCTS = ['ecs', 'vpc'] as const;

for (const product of PRODUCTS) {
  test(`${product}: a VPC with a vSwitch is made, shown, changed and deleted`, async () => {
    const caller = await world.caller();
    const call = caller[product];
    const made = await call('CreateVpc', { vpcName: 'net', description: 'for tests' });
    assert.match(made['VpcId'], /^vpc-bp1[0-9a-z]{18}$/);
    assert.match(made['VRouterId'], /^vrt-bp1[0-9a-z]{18}$/);
    assert.match(made['RouteTableId'], /^vtb-bp1[0-9a-z]{18}$/);
    const vpcId = made['VpcId'];

    // Packer leaves CidrBlock out and then asks for 172.16.0.0/24.
    const { VSwitchId: vSwitchId } = await call('CreateVSwitch', {
      vpcId,
      cidrBlock: '172.16.0.0/24',
      zoneId: 'cn-hangzhou-h',
      vSwitchName: 'sub',
    });
    assert.match(vSwitchId, /^vsw-bp1[0-9a-z]{18}$/);

    const vpcs = await call('DescribeVpcs', { vpcId });
    assert.deepEqual([vpcs['TotalCount'], vpcs['PageNumber'], vpcs['PageSize']], [1, 1, 10]);
    assert.partialDeepStrictEqual(vpcs['Vpcs'].Vpc[0], {
      VpcId: vpcId,
      VpcName: 'net',
      Description: 'for tests',
      RegionId: 'cn-hangzhou',
      Status: 'Available',
      CidrBlock: '172.16.0.0/12',
      IsDefault: false,
      VRouterId: made['VRouterId'],
      VSwitchIds: { VSwitchId: [vSwitchId] },
      UserCidrs: { UserCidr: [] },
    });
    assert.match(vpcs['Vpcs'].Vpc[0].CreationTime, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);

    const vSwitches = await call('DescribeVSwitches', { vSwitchId });
    assert.deepEqual([vSwitches['TotalCount'], vSwitches['PageNumber'], vSwitches['PageSize']], [1, 1, 10]);
    assert.partialDeepStrictEqual(vSwitches['VSwitches'].VSwitch[0], {
      VSwitchId: vSwitchId,
      VSwitchName: 'sub',
      Description: '',
      VpcId: vpcId,
      ZoneId: 'cn-hangzhou-h',
      Status: 'Available',
      CidrBlock: '172.16.0.0/24',
      AvailableIpAddressCount: 252,
      IsDefault: false,
    });

    await call('ModifyVpcAttribute', { vpcId, vpcName: 'net-2' });
    await call('ModifyVSwitchAttribute', { vSwitchId, description: 'renamed' });
    const [vpc] = (await call('DescribeVpcs', {}))['Vpcs'].Vpc;
    assert.deepEqual([vpc.VpcName, vpc.Description], ['net-2', 'for tests']);
    const [vSwitch] = (await call('DescribeVSwitches', { vpcId }))['VSwitches'].VSwitch;
    assert.deepEqual([vSwitch.VSwitchName, vSwitch.Description], ['sub', 'renamed']);

    await call('DeleteVSwitch', { vSwitchId });
    await call('DeleteVpc', { vpcId });
    assert.deepEqual((await call('DescribeVpcs', {}))['Vpcs'], { Vpc: [] });
    assert.deepEqual((await call('DescribeVSwitches', {}))['VSwitches'], { VSwitch: [] });
  });

  test(`${product}: VPCs are refused for what is wrong with them`, async () => {
    const caller = await world.caller();
    const create = (parameters: object) => () => caller[product]('CreateVpc', { ...parameters });
    await world.refuses('IllegalParam.CidrBlockMask', 400, create({ cidrBlock: '10.0.0.0/29' }));
    await world.refuses('InvalidParameter', 400, create({ cidrBlock: '10.0.0.1/8' }));
    await world.refuses('InvalidParameter', 400, create({ cidrBlock: '100.64.0.0/16' }));
    await world.refuses('InvalidVpcName.Malformed', 400, create({ vpcName: 'http://x' }));
    await world.refuses('InvalidVpcDiscription.Malformed', 400, create({ description: 'x' }));
    await world.refuses(
      'InvalidUserCidr.Quota',
      400,
      create({ userCidr: '10.0.0.0/8,11.0.0.0/8,12.0.0.0/8,13.0.0.0/8' }),
    );
    await world.refuses('InvalidUserCidr.Malformed', 400, create({ userCidr: '100.64.1.0/24' }));
    await world.refuses('InvalidParameter', 400, create({ userCidr: 'x' }));
    await world.refuses('InvalidRegionId.NotFound', 404, create({ regionId: 'cn-nowhere' }));
  });

  test(`${product}: vSwitches are refused for what is wrong with them`, async () => {
    const caller = await world.caller();
    const vpcId = await newVpc(caller, { cidrBlock: '10.0.0.0/16' });
    await newVSwitch(caller, vpcId, '10.0.1.0/24');
    const fine = { vpcId, cidrBlock: '10.0.2.0/24', zoneId: 'cn-hangzhou-h' };
    const create = (parameters: object) => () => caller[product]('CreateVSwitch', { ...fine, ...parameters });
    await world.refuses('InvalidVpcId.NotFound', 404, create({ vpcId: MISSING_VPC }));
    await world.refuses('InvalidVpcId.NotFound', 404, create({ regionId: 'cn-beijing' }));
    await world.refuses('ResourceNotAvailable', 400, create({ zoneId: 'cn-beijing-a' }));
    await world.refuses('InvalidCidrBlock.Overlapped', 400, create({ cidrBlock: '10.0.1.128/25' }));
    await world.refuses('InvalidParameter', 400, create({ cidrBlock: '10.1.0.0/24' }));
    await world.refuses('InvalidParameter', 400, create({ cidrBlock: '10.0.2.0/30' }));
    await world.refuses('InvalidParameter', 400, create({ cidrBlock: '10.0.2.1/24' }));
    await world.refuses('InvalidVSwitchName.Malformed', 400, create({ vSwitchName: '1x' }));
    await world.refuses('InvalidVSwitchDiscription.Malformed', 400, create({ description: 'https://x' }));
    await world.refuses('MissingCidrBlock', 400, create({ cidrBlock: undefined }));
    await world.refuses('MissingZoneId', 400, create({ zoneId: undefined }));
    await world.refuses('MissingVpcId', 400, create({ vpcId: undefined }));
  });

  test(`${product}: what is missing, and what is somebody else's, is not found`, async () => {
    const caller = await world.caller();
    const other = await world.caller();
    const othersVpc = await newVpc(other);
    const othersVSwitch = await newVSwitch(other, othersVpc, '172.16.0.0/24');
    const call = caller[product];
    for (const vpcId of [MISSING_VPC, othersVpc]) {
      await world.refuses('InvalidVpcId.NotFound', 404, () => call('ModifyVpcAttribute', { vpcId, vpcName: 'mine' }));
      await world.refuses('InvalidVpcID.NotFound', 404, () => call('DeleteVpc', { vpcId }));
      assert.deepEqual((await call('DescribeVpcs', { vpcId }))['Vpcs'].Vpc, []);
      assert.deepEqual((await call('DescribeVSwitches', { vpcId }))['VSwitches'].VSwitch, []);
    }
    for (const vSwitchId of [MISSING_VSWITCH, othersVSwitch]) {
      const modify = () => call('ModifyVSwitchAttribute', { vSwitchId, vSwitchName: 'mine' });
      await world.refuses('InvalidVSwitchId.NotFound', 404, modify);
      await world.refuses('InvalidVswitchID.NotFound', 404, () => call('DeleteVSwitch', { vSwitchId }));
      assert.deepEqual((await call('DescribeVSwitches', { vSwitchId }))['VSwitches'].VSwitch, []);
    }
    await world.refuses('InvalidVpcID.NotFound', 404, () =>
      other[product]('DeleteVpc', { vpcId: othersVpc, regionId: 'cn-beijing' }),
    );
  });

  test(`${product}: nothing is deleted from under what depends on it`, async () => {
    const caller = await world.caller();
    const call = caller[product];
    const vpcId = await newVpc(caller);
    const vSwitchId = await newVSwitch(caller, vpcId, '172.16.0.0/24');
    await world.refuses('DependencyViolation.VSwitch', 400, () => call('DeleteVpc', { vpcId }));
    const instanceId = await world.instance(caller, { vpcId, vSwitchId, privateIp: '172.16.0.1' });
    await world.refuses('DependencyViolation', 400, () => call('DeleteVSwitch', { vSwitchId }));
    const [vSwitch] = await vSwitchesOf(caller, { vSwitchId });
    assert.equal(vSwitch!['AvailableIpAddressCount'], 251);

    await world.world.parts.database.write((tx) => tx.deleteFrom('instances').where('id', '=', instanceId).execute());
    await call('DeleteVSwitch', { vSwitchId });
    const { SecurityGroupId: securityGroupId } = await caller.ecs('CreateSecurityGroup', { vpcId });
    await world.refuses('DependencyViolation.SecurityGroup', 400, () => call('DeleteVpc', { vpcId }));
    await caller.ecs('DeleteSecurityGroup', { securityGroupId });
    await call('DeleteVpc', { vpcId });
  });
}
