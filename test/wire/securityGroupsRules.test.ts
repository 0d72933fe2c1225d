import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ALL_OUT, SSH, MISSING_GROUP, newPlace, newGroup, groupsOf, attributeOf, rulesOf } from './networkVerbs.ts';
import { createNetworkWorld, idsOf, type NetworkWorld } from './networkWorld.ts';

let world: NetworkWorld;
before(async () => {
  world = await createNetworkWorld();
});
after(() => world[Symbol.asyncDispose]());

test('Packer opens everything both ways, naming the classic network', async () => {
  const { caller, groupId: securityGroupId } = await newPlace(world);
  const everything = { securityGroupId, ipProtocol: 'all', portRange: '-1/-1', nicType: 'internet' };
  await caller.ecs('AuthorizeSecurityGroupEgress', { ...everything, destCidrIp: '0.0.0.0/0' });
  await caller.ecs('AuthorizeSecurityGroup', { ...everything, sourceCidrIp: '0.0.0.0/0' });
  const rules = await rulesOf(caller, securityGroupId);
  assert.deepEqual(idsOf(rules, 'Direction'), ['egress', 'ingress']);
  const inbound = rules.find(({ Direction }) => Direction === 'ingress')!;
  assert.match(inbound['SecurityGroupRuleId'], /^sgr-bp1[0-9a-z]{17}$/);
  assert.match(inbound['CreateTime'], /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  assert.partialDeepStrictEqual(inbound, {
    IpProtocol: 'ALL',
    PortRange: '-1/-1',
    SourcePortRange: '',
    Policy: 'Accept',
    Priority: '1',
    NicType: 'intranet',
    SourceCidrIp: '0.0.0.0/0',
    Ipv6SourceCidrIp: '',
    SourceGroupId: '',
    SourceGroupName: '',
    SourceGroupOwnerAccount: '',
    SourcePrefixListId: '',
    DestCidrIp: '',
    DestGroupId: '',
    Description: '',
  });
  const outbound = rules.find(({ Direction }) => Direction === 'egress')!;
  assert.partialDeepStrictEqual(outbound, { DestCidrIp: '0.0.0.0/0', SourceCidrIp: '' });
  const [group] = await groupsOf(caller, { securityGroupId });
  assert.equal(group!['RuleCount'], 2);
  await caller.ecs('DeleteSecurityGroup', { securityGroupId });
});

test('rules go by Permissions too, once each, all or none', async () => {
  const { caller, groupId: securityGroupId } = await newPlace(world);
  const add = (permissions: object[]) => caller.ecs('AuthorizeSecurityGroup', { securityGroupId, permissions });
  const web = { ipProtocol: 'TCP', portRange: '80/80', sourceCidrIp: '0.0.0.0/0', priority: '5', description: 'web' };
  const five = {
    ipProtocol: 'UDP',
    portRange: '53/53',
    sourcePortRange: '1024/65535',
    sourceCidrIp: '10.1.0.0/16',
    destCidrIp: '10.2.0.9',
  };
  await add([
    web,
    five,
    { ipProtocol: 'icmpv6', portRange: '-1/-1', ipv6SourceCidrIp: '2001:db8::/32', policy: 'drop' },
  ]);
  await add([web]);
  await caller.ecs('AuthorizeSecurityGroup', { securityGroupId, ...web, description: 'again' });
  const rules = await rulesOf(caller, securityGroupId);
  assert.equal(rules.length, 3);
  const rule = (ipProtocol: string) => rules.find(({ IpProtocol }) => IpProtocol === ipProtocol)!;
  assert.partialDeepStrictEqual(rule('TCP'), { Priority: '5', Description: 'web' });
  assert.partialDeepStrictEqual(rule('UDP'), {
    SourcePortRange: '1024/65535',
    SourceCidrIp: '10.1.0.0/16',
    DestCidrIp: '10.2.0.9',
  });
  assert.partialDeepStrictEqual(rule('ICMPV6'), { Ipv6SourceCidrIp: '2001:db8::/32', Policy: 'Drop' });
  await add([{ ...web, priority: '6' }]);
  assert.equal((await rulesOf(caller, securityGroupId)).length, 4);
  await world.refuses('InvalidPolicy.Malformed', 400, () => add([{ ...SSH }, { ...web, policy: 'maybe' }]));
  const many = Array.from({ length: 101 }, (_, n) => ({ ...SSH, portRange: `${n + 1}/${n + 1}` }));
  await world.refuses('InvalidParameter', 400, () => add(many));
});

test('rules are refused for what is wrong with them', async () => {
  const { caller, vpcId, groupId: securityGroupId } = await newPlace(world);
  const other = await newPlace(world);
  const inElsewhere = await newGroup(caller, { vpcId: (await caller.vpc('CreateVpc'))['VpcId'] });
  const classic = await newGroup(caller);
  const advanced = await newGroup(caller, { vpcId, securityGroupType: 'enterprise' });
  const peer = { sourceCidrIp: undefined };
  const cases: [object, string, number][] = [
    [{ ipProtocol: 'sctp' }, 'InvalidIpProtocol.ValueNotSupported', 400],
    [{ ipProtocol: undefined }, 'InvalidIpProtocol.ValueNotSupported', 400],
    [{ portRange: '0/22' }, 'InvalidIpProtocol.Malformed', 400],
    [{ ipProtocol: 'icmp' }, 'OperationDenied', 400],
    [{ sourcePortRange: '9' }, 'InvalidSourcePortRange.Malformed', 400],
    [{ policy: 'x' }, 'InvalidPolicy.Malformed', 400],
    [{ priority: 'x' }, 'InvalidPriority.Malformed', 400],
    [{ priority: '101' }, 'InvalidPriority.ValueNotSupported', 400],
    [{ nicType: 'x' }, 'InvalidNicType.ValueNotSupported', 400],
    [{ sourceCidrIp: '10.0.0.0/40' }, 'InvalidSourceCidrIp.Malformed', 400],
    [{ destCidrIp: 'x' }, 'InvalidDestCidrIp.Malformed', 400],
    [{ destCidrIp: '10.0.0.0/8' }, 'InvalidParamter.Conflict', 400],
    [{ ipv6SourceCidrIp: '::/0' }, 'InvalidParam.SourceIp', 400],
    [{ ...peer, ipv6SourceCidrIp: 'x' }, 'InvalidParam.Ipv6SourceCidrIp', 400],
    [{ ...peer }, 'MissingParameter.Source', 400],
    [{ description: 'x'.repeat(513) }, 'InvalidSecurityGroupDiscription.Malformed', 400],
    [{ ...peer, sourceGroupId: MISSING_GROUP }, 'InvalidSourceGroupId.NotFound', 404],
    [{ ...peer, sourceGroupId: other.groupId }, 'InvalidSourceGroupId.NotFound', 404],
    [{ ...peer, sourceGroupId: other.groupId, sourceGroupOwnerId: 1 }, 'InvalidSourceGroupId.NotFound', 404],
    [
      { ...peer, sourceGroupId: other.groupId, sourceGroupOwnerAccount: 'nobody' },
      'InvalidSourceGroupId.NotFound',
      404,
    ],
    [{ ...peer, sourceGroupId: securityGroupId }, 'InvalidParamter.Conflict', 403],
    [{ ...peer, sourceGroupId: inElsewhere }, 'InvalidSourceGroupId.Mismatch', 400],
    [{ ...peer, sourceGroupId: classic }, 'InvalidNetworkType.Conflict', 403],
    [{ ...peer, sourceGroupId: advanced }, 'UnsupportedParameter', 400],
    [{ ...peer, sourcePrefixListId: 'pl-1' }, 'InvalidPrefixListId.NotFound', 404],
  ];
  for (const [change, code, status] of cases) {
    await world.refuses(code, status, () =>
      caller.ecs('AuthorizeSecurityGroup', { securityGroupId, ...SSH, ...change }),
    );
  }
  const byPortList = { securityGroupId, permissions: [{ ...SSH, portRange: undefined, portRangeListId: 'prl-1' }] };
  await world.refuses('UnsupportedParameter', 400, () => caller.ecs('AuthorizeSecurityGroup', byPortList));
  const toClassic = { securityGroupId: classic, ...SSH, ...peer, sourceGroupId: await newGroup(caller) };
  await world.refuses('InvalidSourceGroupId.Mismatch', 403, () => caller.ecs('AuthorizeSecurityGroup', toClassic));
  await caller.ecs('AuthorizeSecurityGroup', { ...toClassic, nicType: 'intranet' });

  const outbound: [object, string, number][] = [
    [{ destCidrIp: undefined }, 'MissingParameter.Dest', 400],
    [{ destCidrIp: 'x' }, 'InvalidDestCidrIp.Malformed', 400],
    [{ sourceCidrIp: 'x' }, 'InvalidParam.SourceIp', 400],
    [{ destCidrIp: undefined, destGroupId: MISSING_GROUP }, 'InvalidDestGroupId.NotFound', 404],
    [{ destCidrIp: undefined, destGroupId: securityGroupId }, 'InvalidSecurityGroup.IsSame', 403],
    [{ destCidrIp: undefined, destGroupId: inElsewhere }, 'InvalidDestGroupId.Mismatch', 400],
  ];
  for (const [change, code, status] of outbound) {
    const call = () => caller.ecs('AuthorizeSecurityGroupEgress', { securityGroupId, ...ALL_OUT, ...change });
    await world.refuses(code, status, call);
  }
});

test('a group names another, also of another account, and holds it in place', async () => {
  const { caller, vpcId, groupId } = await newPlace(world);
  const other = await newPlace(world);
  const peerId = await newGroup(caller, { vpcId, securityGroupName: 'peer' });
  const toPeer = { securityGroupId: groupId, ipProtocol: 'all', portRange: '-1/-1', sourceGroupId: peerId };
  await caller.ecs('AuthorizeSecurityGroup', toPeer);
  const [rule] = await rulesOf(caller, groupId);
  assert.partialDeepStrictEqual(rule, {
    SourceGroupId: peerId,
    SourceGroupName: 'peer',
    SourceGroupOwnerAccount: '',
    SourceCidrIp: '',
  });
  const [group] = await groupsOf(caller, { securityGroupId: groupId });
  assert.equal(group!['GroupToGroupRuleCount'], 1);
  await world.refuses('DependencyViolation', 403, () => caller.ecs('DeleteSecurityGroup', { securityGroupId: peerId }));
  await caller.ecs('RevokeSecurityGroup', toPeer);
  await caller.ecs('DeleteSecurityGroup', { securityGroupId: peerId });

  const toOther = { ...toPeer, sourceGroupId: other.groupId, sourceGroupOwnerId: Number(other.caller.accountId) };
  await caller.ecs('AuthorizeSecurityGroup', toOther);
  const [foreign] = await rulesOf(caller, groupId);
  assert.equal(foreign!['SourceGroupId'], other.groupId);
  const modify = {
    securityGroupId: groupId,
    securityGroupRuleId: foreign!['SecurityGroupRuleId'],
    description: 'theirs',
  };
  await caller.ecs('ModifySecurityGroupRule', modify);
  const [modified] = await rulesOf(caller, groupId);
  assert.deepEqual(
    [modified!['Description'], modified!['SourceGroupOwnerAccount']],
    ['theirs', foreign!['SourceGroupOwnerAccount']],
  );
  const remove = () => other.caller.ecs('DeleteSecurityGroup', { securityGroupId: other.groupId });
  await world.refuses('DependencyViolation', 403, remove);
});

test('rules are revoked by what they say or by id', async () => {
  const { caller, groupId: securityGroupId } = await newPlace(world);
  const ssh = { securityGroupId, ...SSH };
  await caller.ecs('AuthorizeSecurityGroup', { ...ssh, priority: '1' });
  await caller.ecs('AuthorizeSecurityGroup', { ...ssh, priority: '2' });
  await caller.ecs('AuthorizeSecurityGroupEgress', { securityGroupId, ...ALL_OUT });
  await caller.ecs('RevokeSecurityGroup', { ...ssh, priority: '2' });
  assert.deepEqual(idsOf(await rulesOf(caller, securityGroupId, { direction: 'ingress' }), 'Priority'), ['1']);
  await caller.ecs('RevokeSecurityGroup', { ...ssh, policy: 'drop' });
  assert.equal((await rulesOf(caller, securityGroupId)).length, 2);
  await caller.ecs('AuthorizeSecurityGroup', { ...ssh, priority: '2' });
  await caller.ecs('RevokeSecurityGroup', ssh);
  await caller.ecs('RevokeSecurityGroup', ssh);
  assert.deepEqual(idsOf(await rulesOf(caller, securityGroupId), 'Direction'), ['egress']);

  const [outbound] = await rulesOf(caller, securityGroupId);
  const byId = { securityGroupId, securityGroupRuleId: [outbound!['SecurityGroupRuleId']] };
  await world.refuses('InvalidGroupAuthItem.NotFound', 403, () => caller.ecs('RevokeSecurityGroup', byId));
  await caller.ecs('RevokeSecurityGroupEgress', byId);
  assert.deepEqual(await rulesOf(caller, securityGroupId), []);
  await world.refuses('InvalidGroupAuthItem.NotFound', 403, () => caller.ecs('RevokeSecurityGroupEgress', byId));

  await caller.ecs('AuthorizeSecurityGroupEgress', { securityGroupId, ...ALL_OUT });
  await caller.ecs('RevokeSecurityGroupEgress', { securityGroupId, permissions: [{ ...ALL_OUT }] });
  assert.deepEqual(await rulesOf(caller, securityGroupId), []);
  await world.refuses('InvalidIpPortRange.Malformed', 400, () =>
    caller.ecs('RevokeSecurityGroup', { ...ssh, portRange: 'x' }),
  );
  await world.refuses('MissingParameter.Source', 400, () =>
    caller.ecs('RevokeSecurityGroup', { ...ssh, sourceCidrIp: undefined }),
  );
});

test('rules are modified by what they say (the description) or by id (all of it)', async () => {
  const { caller, groupId: securityGroupId } = await newPlace(world);
  await caller.ecs('AuthorizeSecurityGroup', { securityGroupId, ...SSH });
  await caller.ecs('AuthorizeSecurityGroup', { securityGroupId, ...SSH, portRange: '80/80' });
  await caller.ecs('AuthorizeSecurityGroupEgress', { securityGroupId, ...ALL_OUT });
  await caller.ecs('ModifySecurityGroupRule', { securityGroupId, ...SSH, description: 'shell' });
  const inbound = await rulesOf(caller, securityGroupId, { direction: 'ingress' });
  const ssh = inbound.find(({ PortRange }) => PortRange === '22/22')!;
  assert.equal(ssh['Description'], 'shell');
  const modify = (parameters: object) =>
    caller.ecs('ModifySecurityGroupRule', {
      securityGroupId,
      securityGroupRuleId: ssh['SecurityGroupRuleId'],
      ...parameters,
    });
  await modify({ portRange: '2222/2222', priority: '7', policy: 'drop', sourceCidrIp: '192.168.0.0/16' });
  const changed = (await rulesOf(caller, securityGroupId)).find(({ Priority }) => Priority === '7')!;
  assert.partialDeepStrictEqual(changed, {
    SecurityGroupRuleId: ssh['SecurityGroupRuleId'],
    PortRange: '2222/2222',
    Policy: 'Drop',
    SourceCidrIp: '192.168.0.0/16',
    IpProtocol: 'TCP',
    Description: 'shell',
  });
  await world.refuses('InvalidOperation.ModifyNicType', 400, () => modify({ nicType: 'internet' }));
  await world.refuses('InvalidOperation.ModifySgRuleEntityType', 400, () => modify({ ipv6SourceCidrIp: '::/0' }));
  await world.refuses('InvalidOperation.ModifySgRuleEntityType', 400, () => modify({ sourceGroupId: MISSING_GROUP }));
  const asOther = { portRange: '80/80', priority: '1', policy: 'accept', sourceCidrIp: '10.0.0.0/8' };
  await world.refuses('InvalidOperation.RuleDuplicate', 400, () => modify(asOther));
  await world.refuses('OperationDenied', 400, () => modify({ ipProtocol: 'icmp' }));
  await world.refuses('SecurityGroupRule.NotFound', 404, () => modify({ securityGroupRuleId: 'sgr-1' }));
  const absent = { securityGroupId, ...SSH, portRange: '443/443', description: 'x' };
  await world.refuses('SecurityGroupRule.NotFound', 404, () => caller.ecs('ModifySecurityGroupRule', absent));

  await caller.ecs('ModifySecurityGroupEgressRule', { securityGroupId, ...ALL_OUT, description: 'out' });
  const [outbound] = await rulesOf(caller, securityGroupId, { direction: 'egress' });
  assert.equal(outbound!['Description'], 'out');
  const byId = { securityGroupId, securityGroupRuleId: outbound!['SecurityGroupRuleId'], destCidrIp: '10.0.0.0/8' };
  await caller.ecs('ModifySecurityGroupEgressRule', byId);
  assert.equal((await rulesOf(caller, securityGroupId, { direction: 'egress' }))[0]!['DestCidrIp'], '10.0.0.0/8');
  await world.refuses('SecurityGroupRule.NotFound', 404, () => caller.ecs('ModifySecurityGroupRule', byId));
});

test('rules are shown by direction, network card and page', async () => {
  const { caller, groupId } = await newPlace(world);
  const classic = await newGroup(caller);
  await caller.ecs('AuthorizeSecurityGroup', { securityGroupId: classic, ...SSH });
  await caller.ecs('AuthorizeSecurityGroup', { securityGroupId: classic, ...SSH, nicType: 'intranet' });
  assert.deepEqual(idsOf(await rulesOf(caller, classic), 'NicType'), ['internet']);
  assert.deepEqual(idsOf(await rulesOf(caller, classic, { nicType: 'intranet' }), 'NicType'), ['intranet']);
  for (const port of [1, 2, 3]) {
    await caller.ecs('AuthorizeSecurityGroup', { securityGroupId: groupId, ...SSH, portRange: `${port}/${port}` });
  }
  await caller.ecs('AuthorizeSecurityGroupEgress', { securityGroupId: groupId, ...ALL_OUT });
  assert.equal((await rulesOf(caller, groupId, { nicType: 'internet' })).length, 4);
  assert.equal((await rulesOf(caller, groupId, { direction: 'all' })).length, 4);
  assert.equal((await rulesOf(caller, groupId, { direction: 'egress' })).length, 1);
  const first = await attributeOf(caller, groupId, { maxResults: 3 });
  const second = await attributeOf(caller, groupId, { maxResults: 3, nextToken: first['NextToken'] });
  const walked = [...first['Permissions'].Permission, ...second['Permissions'].Permission];
  assert.equal(new Set(walked.map(({ SecurityGroupRuleId }) => SecurityGroupRuleId)).size, 4);
  assert.equal(second['NextToken'], '');
  await world.refuses('InvalidParamter', 400, () => rulesOf(caller, groupId, { direction: 'up' }));
  await world.refuses('InvalidParamter', 400, () => rulesOf(caller, groupId, { nextToken: 'x' }));
  await world.refuses('InvalidNicType.ValueNotSupported', 400, () => rulesOf(caller, groupId, { nicType: 'x' }));
});
