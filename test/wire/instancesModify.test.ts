import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import sdk from '@alicloud/ecs20140526';
import { createInstanceWorld, REGION, type InstanceWorld, type Launcher } from './instanceWorld.ts';

let world: InstanceWorld;
let alice: Launcher;
before(async () => {
  world = await createInstanceWorld();
  alice = await world.launcher();
});
after(() => world[Symbol.asyncDispose]());

type Change = ConstructorParameters<typeof sdk.ModifyInstanceAttributeRequest>[0];

const modify = (instanceId: string, change: Change = {}) =>
  alice.ecs.modifyInstanceAttribute(new sdk.ModifyInstanceAttributeRequest({ instanceId, ...change }));
const allocate = (instanceId: string, of = {}) =>
  alice.ecs.allocatePublicIpAddress(new sdk.AllocatePublicIpAddressRequest({ instanceId, ...of }));

test('what is given changes, the rest stays', async () => {
  const { id } = await alice.stopped({ description: 'as it was', instanceType: 'ecs.t6-c1m1.large' });
  const group = await alice.securityGroup();
  const before_ = (await world.row('instances', id))!;
  assert.equal(before_.creditSpecification, 'Standard');
  await modify(id, {
    instanceName: 'renamed',
    hostName: 'host.example',
    password: 'Abcdefg1',
    userData: 'YQ==',
    deletionProtection: true,
    creditSpecification: 'Unlimited',
    securityGroupIds: [group],
  });
  const { passwordHash, ...row } = (await world.row('instances', id))!;
  const { passwordHash: _, ...unchanged } = before_;
  assert.deepEqual(row, {
    ...unchanged,
    name: 'renamed',
    hostName: 'host.example',
    userData: 'YQ==',
    deletionProtection: 1,
    creditSpecification: 'Unlimited',
  });
  assert.match(passwordHash!, /^\$6\$/);
  assert.deepEqual((await world.instanceOf(alice, id))['SecurityGroupIds'], { SecurityGroupId: [group] });
  await modify(id, { description: '', deletionProtection: false });
  assert.partialDeepStrictEqual((await world.row('instances', id))!, { name: 'renamed', deletionProtection: 0 });
});

test('what may not change is refused, and nothing changes', async () => {
  const { id } = await alice.running();
  const bob = await world.launcher();
  const groups = await Promise.all(Array.from({ length: 6 }, () => alice.securityGroup()));
  const vpc = await alice.ecs.createVpc(new sdk.CreateVpcRequest({ regionId: REGION }));
  const outside = await alice.securityGroup({ vpcId: vpc.body!.vpcId! });
  const [first = ''] = groups;
  const cases: [what: string, change: Change, code: string, status: number][] = [
    ['a bad name', { instanceName: '1' }, 'InvalidInstanceName.Malformed', 400],
    ['a bad description', { description: 'x' }, 'InvalidDescription.Malformed', 400],
    ['a bad host name', { hostName: '-a' }, 'InvalidHostName.Malformed', 400],
    ['a weak password', { password: 'abcdefgh' }, 'InvalidPassword.Malformed', 400],
    ['user data of a running instance', { userData: 'YQ==' }, 'IncorrectInstanceStatus', 403],
    ['too much user data', { userData: Buffer.alloc(32769).toString('base64') }, 'InvalidUserData.SizeExceeded', 400],
    ['user data that is no base64', { userData: '{}' }, 'InvalidParameter', 400],
    ['credits of a type without', { creditSpecification: 'Standard' }, 'InvalidParameter.CreditSpecification', 400],
    ['an unknown group', { securityGroupIds: ['sg-none'] }, 'InvalidSecurityGroupId.NotFound', 404],
    ["another account's group", { securityGroupIds: [bob.securityGroupId] }, 'InvalidSecurityGroupId.NotFound', 404],
    ['a group of another VPC', { securityGroupIds: [outside] }, 'InvalidParameter', 400],
    ['a group twice', { securityGroupIds: [first, first] }, 'InvalidParameter', 400],
    ['six groups', { securityGroupIds: groups }, 'JoinedGroupLimitExceed', 400],
    ['the recycle bin', { recyclable: true }, 'InvalidParameter.RecycleBin', 400],
    ['jumbo frames', { enableJumboFrame: true }, 'UnsupportedParameter', 400],
  ];
  for (const [what, change, code, status] of cases) {
    await world
      .refuses(code, status, () => modify(id, { instanceName: 'good', ...change }))
      .catch((error: unknown) => {
        throw new Error(what, { cause: error });
      });
  }
  await world.refuses('InvalidInstanceId.NotFound', 404, () => modify('i-none', { instanceName: 'good' }));
  await world.refuses('InvalidInstanceId.NotFound', 404, () =>
    bob.ecs.modifyInstanceAttribute(
      new sdk.ModifyInstanceAttributeRequest({ instanceId: id, instanceName: 'mine now' }),
    ),
  );
});

test('states decide over host name, password, groups and credits', async () => {
  const { id } = await alice.running({ instanceType: 'ecs.t6-c1m1.large' });
  const group = await alice.securityGroup();
  await world.change('instances', id, { status: 'Starting' });
  await world.refuses('IncorrectInstanceStatus', 403, () => modify(id, { hostName: 'host' }));
  await world.refuses('IncorrectInstanceStatus', 403, () => modify(id, { password: 'Abcdefg1' }));
  await world.refuses('IncorrectInstanceStatus', 403, () => modify(id, { securityGroupIds: [group] }));
  await world.refuses('InvalidInstanceStatus.CreditSpecRestricted', 400, () =>
    modify(id, { creditSpecification: 'Unlimited' }),
  );
});

test('user data needs cloud-init and I/O optimisation; a full group takes no more', async () => {
  const imageId = await world.image(alice, { isSupportCloudinit: 0 });
  const { id: plain } = await alice.stopped({ imageId });
  await world.refuses('ImageNotSupportCloudInit', 400, () => modify(plain, { userData: 'YQ==' }));
  const { id } = await alice.stopped({ instanceType: 'ecs.s2.large' });
  await world.refuses('InvalidUserData.NotSupported', 400, () => modify(id, { userData: 'YQ==' }));
  const group = await alice.securityGroup();
  const members = Array.from({ length: 2000 }, (_, index) => ({ instanceId: `i-${index}`, securityGroupId: group }));
  await world.world.parts.database.write((tx) => tx.insertInto('instanceSecurityGroups').values(members).execute());
  await world.refuses('SecurityGroupInstanceLimitExceed', 403, () => modify(id, { securityGroupIds: [group] }));
});

test('a public address is given once, to an instance with bandwidth', async () => {
  const { id } = await alice.running();
  await world.refuses('AllocateIpInvalidInstanceBandwidth', 400, () => allocate(id));
  await world.change('instances', id, { internetMaxBandwidthOut: 5 });
  await world.refuses('UnsupportedParameter', 400, () => allocate(id, { ipAddress: '1.2.3.4' }));
  await world.change('instances', id, { status: 'Starting' });
  await world.refuses('IncorrectInstanceStatus', 403, () => allocate(id));
  await world.change('instances', id, { status: 'Running' });
  const { body } = await allocate(id);
  assert.deepEqual((await world.instanceOf(alice, id))['PublicIpAddress'], { IpAddress: [body!.ipAddress] });
  await world.refuses('AllocatedAlready', 403, () => allocate(id));
  await world.refuses('InvalidInstanceId.NotFound', 404, () => allocate('i-none'));
});
