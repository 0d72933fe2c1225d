import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { MISSING_GROUP, SSH, ALL_OUT, newPlace, newGroup, groupsOf, attributeOf } from './networkVerbs.ts';
import { createNetworkWorld, idsOf, type NetworkWorld } from './networkWorld.ts';

let world: NetworkWorld;
before(async () => {
  world = await createNetworkWorld();
});
after(() => world[Symbol.asyncDispose]());

test('a group is made, shown, renamed and deleted', async () => {
  const { caller, vpcId, groupId } = await newPlace(world);
  assert.match(groupId, /^sg-bp1[0-9a-z]{17}$/);
  const securityGroupId = await newGroup(caller, {
    vpcId,
    securityGroupName: 'web',
    description: 'front end',
    securityGroupType: 'enterprise',
    resourceGroupId: 'rg-acfmxazb4ph6aiy',
    tag: [{ key: 'env', value: 'test' }],
  });
  const body = await caller.ecs('DescribeSecurityGroups', { securityGroupId });
  assert.deepEqual(
    [body['RegionId'], body['TotalCount'], body['PageNumber'], body['PageSize']],
    ['cn-hangzhou', 1, 1, 10],
  );
  const [group] = body['SecurityGroups'].SecurityGroup;
  assert.match(group.CreationTime, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  assert.partialDeepStrictEqual(group, {
    SecurityGroupId: securityGroupId,
    SecurityGroupName: 'web',
    Description: 'front end',
    SecurityGroupType: 'enterprise',
    VpcId: vpcId,
    EcsCount: 0,
    AvailableInstanceAmount: 65536,
    RuleCount: 0,
    GroupToGroupRuleCount: 0,
    ResourceGroupId: 'rg-acfmxazb4ph6aiy',
    ServiceManaged: false,
    Tags: { Tag: [{ TagKey: 'env', TagValue: 'test' }] },
  });
  await caller.ecs('ModifySecurityGroupAttribute', { securityGroupId, securityGroupName: 'web-2' });
  const attribute = await attributeOf(caller, securityGroupId);
  assert.partialDeepStrictEqual(attribute, {
    RegionId: 'cn-hangzhou',
    SecurityGroupId: securityGroupId,
    SecurityGroupName: 'web-2',
    Description: 'front end',
    VpcId: vpcId,
    InnerAccessPolicy: 'Drop',
    Permissions: { Permission: [] },
    SnapshotPolicyIds: { SnapshotPolicyId: [] },
  });
  assert.equal((await attributeOf(caller, groupId))['InnerAccessPolicy'], 'Accept');
  await caller.ecs('DeleteSecurityGroup', { securityGroupId });
  assert.deepEqual(idsOf(await groupsOf(caller), 'SecurityGroupId'), [groupId]);
  const rows = await world.world.parts.database.read
    .selectFrom('tags')
    .selectAll()
    .where('resourceId', '=', securityGroupId)
    .execute();
  assert.deepEqual(rows, []);
});

test('groups are refused for what is wrong with them', async () => {
  const { caller, vpcId, groupId } = await newPlace(world);
  const other = await newPlace(world);
  const create = (parameters: object) => () => newGroup(caller, { vpcId, ...parameters });
  await world.refuses('InvalidVpcId.NotFound', 404, create({ vpcId: 'vpc-bp1aaaaaaaaaaaaaaaaaa' }));
  await world.refuses('InvalidVpcId.NotFound', 404, create({ vpcId: other.vpcId }));
  await world.refuses('InvalidVpcId.NotFound', 404, create({ regionId: 'cn-beijing' }));
  await world.refuses('InvalidVpcId.NotFound', 403, create({ vpcId: undefined, securityGroupType: 'enterprise' }));
  await world.refuses('InvalidParameter', 400, create({ securityGroupType: 'huge' }));
  await world.refuses('InvalidSecurityGroupName.Malformed', 400, create({ securityGroupName: 'http://x' }));
  await world.refuses('InvalidSecurityGroupDiscription.Malformed', 400, create({ description: 'x' }));
  await world.refuses('InvalidResourceGroup.NotFound', 404, create({ resourceGroupId: 'x' }));
  await world.refuses('InvalidTagKey.Malformed', 400, create({ tag: [{ key: 'aliyun', value: '' }] }));
  await world.refuses('UnsupportedParameter', 400, create({ serviceManaged: true }));
  await world.refuses('InvalidRegionId.NotFound', 404, create({ regionId: 'x' }));
  const rename = (parameters: object) => () =>
    caller.ecs('ModifySecurityGroupAttribute', { securityGroupId: groupId, ...parameters });
  await world.refuses('InvalidSecurityGroupName.Malformed', 400, rename({ securityGroupName: 'x' }));
  await world.refuses('InvalidSecurityGroupDiscription.Malformed', 400, rename({ description: 'http://x' }));
});

test('missing and foreign groups are not found', async () => {
  const { caller } = await newPlace(world);
  const other = await newPlace(world);
  for (const securityGroupId of [MISSING_GROUP, other.groupId]) {
    const calls: Record<string, object> = {
      DescribeSecurityGroupAttribute: {},
      ModifySecurityGroupAttribute: { securityGroupName: 'mine' },
      ModifySecurityGroupPolicy: { innerAccessPolicy: 'Drop' },
      DeleteSecurityGroup: {},
      AuthorizeSecurityGroup: SSH,
      AuthorizeSecurityGroupEgress: ALL_OUT,
      RevokeSecurityGroup: SSH,
      RevokeSecurityGroupEgress: ALL_OUT,
      ModifySecurityGroupRule: SSH,
      ModifySecurityGroupEgressRule: ALL_OUT,
      JoinSecurityGroup: { instanceId: 'i-1' },
      LeaveSecurityGroup: { instanceId: 'i-1' },
    };
    for (const [action, parameters] of Object.entries(calls)) {
      const call = () => caller.ecs(action, { securityGroupId, ...parameters });
      await world.refuses('InvalidSecurityGroupId.NotFound', 404, call);
    }
    assert.deepEqual(await groupsOf(caller, { securityGroupId }), []);
  }
  const elsewhere = () => attributeOf(other.caller, other.groupId, { regionId: 'cn-beijing' });
  await world.refuses('InvalidSecurityGroupId.NotFound', 404, elsewhere);
  await world.refuses('MissingSecurityGroupId', 400, () => caller.ecs('DeleteSecurityGroup'));
});

test('groups are filtered, paged, and walked by token', async () => {
  const { caller, vpcId, groupId } = await newPlace(world);
  const web = await newGroup(caller, { vpcId, securityGroupName: 'web-1', tag: [{ key: 'a', value: '1' }] });
  const classic = await newGroup(caller, { securityGroupName: 'old_web', resourceGroupId: 'rg-old' });
  const found = async (parameters: object) => idsOf(await groupsOf(caller, parameters), 'SecurityGroupId');
  assert.deepEqual(await found({}), [groupId, web, classic].sort());
  assert.deepEqual(await found({ vpcId }), [groupId, web].sort());
  assert.deepEqual(await found({ networkType: 'vpc' }), [groupId, web].sort());
  assert.deepEqual(await found({ networkType: 'classic' }), [classic]);
  assert.deepEqual(await found({ securityGroupIds: JSON.stringify([web, MISSING_GROUP]) }), [web]);
  assert.deepEqual(await found({ securityGroupIds: JSON.stringify([web]), securityGroupId: classic }), []);
  assert.deepEqual(await found({ securityGroupName: 'web-1' }), [web]);
  assert.deepEqual(await found({ securityGroupName: 'web' }), []);
  assert.deepEqual(await found({ securityGroupName: 'web', fuzzyQuery: true }), [web, classic].sort());
  assert.deepEqual(await found({ securityGroupName: '%', fuzzyQuery: true }), []);
  assert.deepEqual(await found({ securityGroupType: 'enterprise' }), []);
  assert.deepEqual(await found({ resourceGroupId: 'rg-old' }), [classic]);
  assert.deepEqual(await found({ tag: [{ key: 'a', value: '1' }] }), [web]);
  assert.deepEqual(await found({ serviceManaged: true }), []);
  assert.deepEqual(await found({ regionId: 'cn-beijing' }), []);
  const pages = [await groupsOf(caller, { pageSize: 2 }), await groupsOf(caller, { pageSize: 2, pageNumber: 2 })];
  assert.deepEqual([pages[0]!.length, pages[1]!.length], [2, 1]);
  assert.deepEqual(idsOf(pages.flat(), 'SecurityGroupId'), [groupId, web, classic].sort());

  for (let made = 0; made < 10; made++) await newGroup(caller, { vpcId });
  const first = await caller.ecs('DescribeSecurityGroups', { maxResults: 10 });
  assert.equal(first['SecurityGroups'].SecurityGroup.length, 10);
  const second = await caller.ecs('DescribeSecurityGroups', { maxResults: 10, nextToken: first['NextToken'] });
  assert.equal(second['SecurityGroups'].SecurityGroup.length, 3);
  assert.equal(second['NextToken'], '');
  const walked = [...first['SecurityGroups'].SecurityGroup, ...second['SecurityGroups'].SecurityGroup];
  assert.deepEqual(idsOf(walked, 'SecurityGroupId'), await found({ pageSize: 100 }));

  await world.refuses('InvalidParameter', 400, () => found({ securityGroupIds: 'sg-1' }));
  await world.refuses('InvalidParameter', 400, () => found({ networkType: 'lan' }));
  await world.refuses('InvalidParameter', 400, () => found({ pageSize: 101 }));
  await world.refuses('InvalidParameter', 400, () => found({ nextToken: 'x' }));
});

test('the inner policy changes, but for advanced groups', async () => {
  const { caller, vpcId, groupId: securityGroupId } = await newPlace(world);
  await caller.ecs('ModifySecurityGroupPolicy', { securityGroupId, innerAccessPolicy: 'drop' });
  assert.equal((await attributeOf(caller, securityGroupId))['InnerAccessPolicy'], 'Drop');
  const set = (parameters: object) => () => caller.ecs('ModifySecurityGroupPolicy', { securityGroupId, ...parameters });
  await world.refuses('InvalidPolicy.Malformed', 400, set({ innerAccessPolicy: 'maybe' }));
  await world.refuses('MissingInnerAccessPolicy', 400, set({}));
  const advanced = await newGroup(caller, { vpcId, securityGroupType: 'enterprise' });
  await world.refuses('UnsupportedParameter', 400, set({ securityGroupId: advanced, innerAccessPolicy: 'Accept' }));
  await set({ securityGroupId: advanced, innerAccessPolicy: 'Drop' })();
});

test('instances join groups and leave them', async () => {
  const { caller, vpcId, groupId } = await newPlace(world);
  const other = await newPlace(world);
  const instanceId = await world.instance(caller, { vpcId, networkInterfaceId: 'eni-join' }, [groupId]);
  const others = await Promise.all([1, 2, 3, 4, 5].map(() => newGroup(caller, { vpcId })));
  const join = (parameters: object) =>
    caller.ecs('JoinSecurityGroup', { instanceId, securityGroupId: others[0], ...parameters });
  const leave = (parameters: object) =>
    caller.ecs('LeaveSecurityGroup', { instanceId, securityGroupId: others[0], ...parameters });
  await join({});
  const [group] = await groupsOf(caller, { securityGroupId: others[0] });
  assert.deepEqual([group!['EcsCount'], group!['AvailableInstanceAmount']], [1, 1999]);
  await world.refuses('InvalidInstanceId.AlreadyExists', 403, () => join({}));
  await world.refuses('DependencyViolation', 403, () =>
    caller.ecs('DeleteSecurityGroup', { securityGroupId: others[0] }),
  );
  for (const securityGroupId of others.slice(1, 4)) await join({ securityGroupId });
  await world.refuses('InstanceSecurityGroupLimitExceeded', 400, () => join({ securityGroupId: others[4] }));
  for (const securityGroupId of others.slice(0, 4)) await leave({ securityGroupId });
  await world.refuses('InvalidSecurityGroupAssociation.NotFound', 400, () => leave({}));
  await world.refuses('InstanceLastSecurityGroup', 403, () => leave({ securityGroupId: groupId }));

  const elsewhere = await newGroup(caller, { vpcId: (await caller.vpc('CreateVpc'))['VpcId'] });
  const advanced = await newGroup(caller, { vpcId, securityGroupType: 'enterprise' });
  const classic = await newGroup(caller);
  await world.refuses('InvalidInstanceId.Mismatch', 400, () => join({ securityGroupId: elsewhere }));
  await world.refuses('InvalidInstanceId.Mismatch', 400, () => join({ securityGroupId: classic }));
  await world.refuses('EnterpriseGroupLimited.MutliGroupType', 403, () => join({ securityGroupId: advanced }));
  const foreign = await world.instance(other.caller, { vpcId: other.vpcId }, [other.groupId]);
  for (const verb of [join, leave]) {
    await world.refuses('InvalidInstanceId.NotFound', 404, () => verb({ instanceId: 'i-missing' }));
    await world.refuses('InvalidInstanceId.NotFound', 404, () => verb({ instanceId: foreign }));
    await world.refuses('InvalidInstanceId.Malformed', 400, () => verb({ instanceId: undefined }));
    await world.refuses('InvalidParam.EniIdAndInstanceId.Conflict', 403, () => verb({ networkInterfaceId: 'eni-1' }));
    await world.refuses('InvalidEniId.NotFound', 404, () =>
      verb({ instanceId: undefined, networkInterfaceId: 'eni-1' }),
    );
    const primary = { instanceId: undefined, networkInterfaceId: 'eni-join' };
    await world.refuses('InvalidOperation.InvalidEniType', 403, () => verb(primary));
    await world.refuses('MissingParameter.RegionId', 400, () => verb({ ...primary, regionId: undefined }));
  }
  const starting = await world.instance(caller, { vpcId, status: 'Starting' }, [groupId, others[0]!]);
  await world.refuses('IncorrectInstanceStatus', 403, () => join({ instanceId: starting, securityGroupId: others[1] }));
  await world.refuses('IncorrectInstanceStatus', 403, () => leave({ instanceId: starting }));
});

test('quotas hold', async () => {
  const { caller, vpcId, groupId: securityGroupId } = await newPlace(world);
  const ports = (from: number, count: number) =>
    Array.from({ length: count }, (_, n) => ({ ...SSH, portRange: `${from + n}/${from + n}` }));
  await caller.ecs('AuthorizeSecurityGroup', { securityGroupId, permissions: ports(1, 100) });
  await caller.ecs('AuthorizeSecurityGroup', { securityGroupId, permissions: ports(101, 99) });
  await caller.ecs('AuthorizeSecurityGroupEgress', { securityGroupId, ...ALL_OUT });
  const more = () => caller.ecs('AuthorizeSecurityGroup', { securityGroupId, permissions: ports(200, 1) });
  await world.refuses('AuthorizationLimitExceed', 403, more);
  await caller.ecs('AuthorizeSecurityGroup', { securityGroupId, permissions: ports(1, 1) });

  const { database, clock } = world.world.parts;
  await database.write(async (tx) => {
    const group = { accountId: caller.accountId, regionId: 'cn-hangzhou', vpcId, name: '', description: '' };
    for (let n = 1; n < 100; n++) {
      await tx
        .insertInto('securityGroups')
        .values({
          ...group,
          id: `sg-full${caller.accountId}${n}`,
          type: 'normal',
          innerAccessPolicy: 'Accept',
          resourceGroupId: '',
          createdAt: clock.now(),
        })
        .execute();
    }
    for (let n = 0; n < 2000; n++) {
      await tx
        .insertInto('instanceSecurityGroups')
        .values({ instanceId: `i-full${n}`, securityGroupId: `sg-full${caller.accountId}1` })
        .execute();
    }
  });
  await world.refuses('QuotaExceed.SecurityGroup', 403, () => newGroup(caller, { vpcId }));
  const instanceId = await world.instance(caller, { vpcId }, [securityGroupId]);
  const join = () => caller.ecs('JoinSecurityGroup', { instanceId, securityGroupId: `sg-full${caller.accountId}1` });
  await world.refuses('SecurityGroupInstanceLimitExceeded', 403, join);
});
