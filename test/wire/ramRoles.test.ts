import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import ram from '@alicloud/ram20150501';
import sts from '@alicloud/sts20150401';
import { setQuota } from '../../src/records/tables/accountQuotas.ts';
import { allRows } from '../allRows.ts';
import { createWorld, type Account, type World } from '../world.ts';
import { attachPolicy, detachPolicy, makeRole, TRUSTS_ECS, trustPolicy } from './ramClient.ts';
import { goRequest, send, terraformRequest } from './rawClient.ts';

let world: World;
before(async () => {
  world = await createWorld();
});
after(() => world[Symbol.asyncDispose]());

const RAM = '2015-05-01';
const IMPORTS = 'AliyunECSImageImportRolePolicy';

/** Fails so, and no row is different afterwards. */
async function refuses(code: string, statusCode: number, call: () => Promise<unknown>): Promise<void> {
  const rows = await allRows(world);
  await assert.rejects(call, { code, statusCode });
  assert.deepEqual(await allRows(world), rows, code);
}

const getRole = async (owner: Account, roleName: string) =>
  (await world.ram(owner).getRole(new ram.GetRoleRequest({ roleName }))).body!.role!;
const policiesOf = async (owner: Account, roleName: string) =>
  (
    await world.ram(owner).listPoliciesForRole(new ram.ListPoliciesForRoleRequest({ roleName }))
  ).body!.policies!.policy!.map(({ policyName, policyType }) => `${policyType} ${policyName}`);
const rolesOf = async (owner: Account, request: ConstructorParameters<typeof ram.ListRolesRequest>[0] = {}) =>
  (await world.ram(owner).listRoles(new ram.ListRolesRequest(request))).body!;

test('a role is made, shown, changed and deleted', async () => {
  const account = await world.account('life');
  const made = await makeRole(world, account, 'builder');
  assert.match(made.roleId!, /^30\d{16}$/);
  assert.match(made.createDate!, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  assert.partialDeepStrictEqual(
    { ...(await getRole(account, 'builder')) },
    {
      roleId: made.roleId,
      roleName: 'builder',
      arn: `acs:ram::${account.accountId}:role/builder`,
      assumeRolePolicyDocument: TRUSTS_ECS,
      description: '',
      maxSessionDuration: 3600,
    },
  );
  world.advance(5000);
  const newAssumeRolePolicyDocument = trustPolicy({ RAM: `acs:ram::${account.accountId}:root` });
  await world.ram(account).updateRole(
    new ram.UpdateRoleRequest({
      roleName: 'builder',
      newDescription: 'builds',
      newMaxSessionDuration: 7200,
      newAssumeRolePolicyDocument,
    }),
  );
  const changed = await getRole(account, 'builder');
  assert.deepEqual(
    [changed.description, changed.maxSessionDuration, changed.assumeRolePolicyDocument, changed.createDate],
    ['builds', 7200, newAssumeRolePolicyDocument, made.createDate],
  );
  assert.notEqual(changed.updateDate, made.createDate);

  await attachPolicy(world, account, 'builder', IMPORTS);
  const drop = () => world.ram(account).deleteRole(new ram.DeleteRoleRequest({ roleName: 'builder' }));
  await refuses('DeleteConflict.Role.Policy', 409, drop);
  await detachPolicy(world, account, 'builder', IMPORTS);
  await drop();
  await refuses('EntityNotExist.Role', 404, () => getRole(account, 'builder'));
  await refuses('EntityNotExist.Role', 404, drop);
});

test('what a role can not be is refused', async () => {
  const account = await world.account('refused');
  await makeRole(world, account, 'taken');
  const create = (roleName: string, besides: object = {}) =>
    world
      .ram(account)
      .createRole(new ram.CreateRoleRequest({ roleName, assumeRolePolicyDocument: TRUSTS_ECS, ...besides }));
  const document = (assumeRolePolicyDocument: string) => create('new', { assumeRolePolicyDocument });
  await refuses('EntityAlreadyExists.Role', 409, () => create('taken'));
  await refuses('InvalidParameter.RoleName.InvalidChars', 400, () => create('a/b'));
  await refuses('InvalidParameter.RoleName.Length', 400, () => create('x'.repeat(65)));
  await refuses('InvalidParameter.Description.Length', 400, () => create('new', { description: 'x'.repeat(1025) }));
  await refuses('InvalidParameter', 400, () => create('new', { maxSessionDuration: 60 }));
  await refuses('InvalidParameter.AssumeRolePolicyDocument.Length', 400, () => document(' '.repeat(2049)));
  const malformed = [
    'no JSON',
    'null',
    '{"Version":"2","Statement":[]}',
    '{"Version":"1"}',
    '{"Version":"1","Statement":[]}',
    '{"Version":"1","Statement":[null]}',
    '{"Version":"1","Statement":[{"Effect":"Deny","Action":"sts:AssumeRole","Principal":{"RAM":"x"}}]}',
    '{"Version":"1","Statement":[{"Effect":"Allow","Action":"ecs:*","Principal":{"RAM":"x"}}]}',
    '{"Version":"1","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole"}]}',
    trustPolicy({}),
    trustPolicy({ Service: [] }),
    trustPolicy({ Service: [7] }),
    trustPolicy({ Everybody: '*' }),
  ];
  for (const text of malformed) await refuses('MalformedPolicyDocument', 400, () => document(text));
  await refuses('MalformedPolicyDocument', 400, () =>
    world
      .ram(account)
      .updateRole(new ram.UpdateRoleRequest({ roleName: 'taken', newAssumeRolePolicyDocument: 'no JSON' })),
  );
  await refuses('MissingRoleName', 400, () => world.ram(account).getRole(new ram.GetRoleRequest({})));

  await world.parts.database.write((tx) => setQuota(tx, { accountId: account.accountId, name: 'ramRoles', value: 1 }));
  await refuses('LimitExceeded.Role', 409, () => create('new'));
});

test('policies are attached and detached', async () => {
  const account = await world.account('policies');
  await makeRole(world, account, 'importer');
  assert.deepEqual(await policiesOf(account, 'importer'), []);
  await attachPolicy(world, account, 'importer', IMPORTS);
  assert.deepEqual(await policiesOf(account, 'importer'), [`System ${IMPORTS}`]);
  await refuses('EntityAlreadyExists.Role.Policy', 409, () => attachPolicy(world, account, 'importer', IMPORTS));
  await refuses('EntityNotExist.Policy', 404, () => attachPolicy(world, account, 'importer', 'NoSuchPolicy'));
  await refuses('EntityNotExist.Role', 404, () => attachPolicy(world, account, 'nobody', IMPORTS));
  await refuses('EntityNotExist.Role.Policy', 404, () =>
    detachPolicy(world, account, 'importer', 'AliyunOSSFullAccess'),
  );
  const attach = (besides: object) =>
    world.ram(account).attachPolicyToRole(
      new ram.AttachPolicyToRoleRequest({
        roleName: 'importer',
        policyName: 'Own',
        policyType: 'Custom',
        ...besides,
      }),
    );
  await refuses('EntityNotExist.Policy', 404, () => attach({}));
  await refuses('InvalidParameter.PolicyType', 400, () => attach({ policyType: 'Other' }));
  await refuses('InvalidParameter.PolicyName.InvalidChars', 400, () => attach({ policyName: 'a b' }));
  await refuses('InvalidParameter.PolicyName.Length', 400, () => attach({ policyName: 'x'.repeat(129) }));
  await refuses('UnsupportedParameter', 400, () => attach({ resourceGroupId: 'rg-acfmxazb4ph6aiy' }));

  const { policy, defaultPolicyVersion } = (
    await world.ram(account).getPolicy(new ram.GetPolicyRequest({ policyName: IMPORTS, policyType: 'System' }))
  ).body!;
  assert.deepEqual([policy!.policyName, policy!.attachmentCount, policy!.defaultVersion], [IMPORTS, 1, 'v1']);
  const { Version, Statement } = JSON.parse(defaultPolicyVersion!.policyDocument!);
  assert.deepEqual([Version, Statement[0].Effect, Statement[0].Action[0]], ['1', 'Allow', 'oss:GetObject']);
  await refuses('EntityNotExist.Policy', 404, () =>
    world.ram(account).getPolicy(new ram.GetPolicyRequest({ policyName: IMPORTS, policyType: 'Custom' })),
  );
  const counted = async (request: object) =>
    (await world.ram(account).listPolicies(new ram.ListPoliciesRequest(request))).body!.policies!.policy!.map(
      ({ policyName, attachmentCount }) => `${policyName} ${attachmentCount}`,
    );
  assert.ok((await counted({})).includes(`${IMPORTS} 1`));
  assert.deepEqual(await counted({ policyType: 'Custom' }), []);
  await detachPolicy(world, account, 'importer', IMPORTS);
  assert.ok((await counted({ policyType: 'System' })).includes(`${IMPORTS} 0`));
});

test('lists go on from a marker; other accounts see nothing of them', async () => {
  const account = await world.account('lists');
  const other = await world.account('other');
  for (const name of ['c', 'a', 'b']) await makeRole(world, account, name);
  const first = await rolesOf(account, { maxItems: 2 });
  assert.deepEqual(
    first.roles!.role!.map(({ roleName }) => roleName),
    ['a', 'b'],
  );
  assert.equal(first.isTruncated, true);
  const second = await rolesOf(account, { maxItems: 2, marker: first.marker! });
  assert.deepEqual(
    second.roles!.role!.map(({ roleName }) => roleName),
    ['c'],
  );
  assert.deepEqual([second.isTruncated, second.marker], [false, undefined]);
  assert.deepEqual((await rolesOf(other)).roles!.role, []);
  await refuses('EntityNotExist.Role', 404, () => getRole(other, 'a'));
  await makeRole(world, other, 'a');
  await refuses('InvalidParameter', 400, () => rolesOf(account, { marker: 'none' }));
  await refuses('InvalidParameter', 400, () => rolesOf(account, { maxItems: 1001 }));
});

test('roles bear tags, as Terraform sets and reads them', async () => {
  const account = await world.account('tags');
  const terraform = async (action: string, parameters: Record<string, string>) => {
    const { status, json } = await send(
      world.endpoint,
      terraformRequest(account, { action, version: RAM, parameters }),
    );
    return { status, json };
  };
  const document = { AssumeRolePolicyDocument: TRUSTS_ECS };
  await terraform('CreateRole', { RoleName: 'tagged', 'Tag.1.Key': 'use', 'Tag.1.Value': 'build', ...document });
  await terraform('CreateRole', { RoleName: 'plain', ...document });
  const named = { ResourceType: 'role', 'ResourceNames.1': 'tagged' };
  const tags = async (besides: Record<string, string> = named) =>
    ((await terraform('ListTagResources', { ResourceType: 'role', ...besides })).json['TagResources'] as object[]).map(
      (item) => Object.values(item).sort().join(' '),
    );
  assert.deepEqual(await tags(), ['build role tagged use']);
  await terraform('TagResources', { ...named, 'Tag.1.Key': 'team', 'Tag.1.Value': 'images' });
  assert.deepEqual(await tags({ 'Tag.1.Key': 'team' }), ['images role tagged team', 'build role tagged use']);
  const found = await rolesOf(account, { tag: [new ram.ListRolesRequestTag({ key: 'team' })] });
  assert.deepEqual(
    found.roles!.role!.map(({ roleName, tags: { tag } = {} }) => [roleName, tag!.length]),
    [['tagged', 2]],
  );
  await terraform('UntagResources', { ...named, 'TagKeys.1': 'use' });
  assert.deepEqual(await tags(), ['images role tagged team']);
  assert.equal((await terraform('UntagResources', named)).json['Code'], 'InvalidParameter');
  const none = await terraform('TagResources', { ...named, 'ResourceNames.1': 'nobody', 'Tag.1.Key': 'a' });
  assert.deepEqual([none.status, none.json['Code']], [404, 'EntityNotExist.Role']);
  const policy = await terraform('ListTagResources', { ResourceType: 'policy' });
  assert.deepEqual([policy.status, policy.json['Code']], [400, 'InvalidParameter']);
  await terraform('UntagResources', { ...named, All: 'true' });
  assert.deepEqual(await tags(), []);
  await terraform('TagResources', { ...named, 'Tag.1.Key': 'again' });
  await terraform('DeleteRole', { RoleName: 'tagged' });
  assert.equal((await allRows(world))['tags']!.length, 0);
});

test('AssumeRole honours a role that was made: who may, how long, and as whom', async () => {
  const account = await world.account('assume');
  const other = await world.account('assume from elsewhere');
  const assume = (by: Account, roleName: string, durationSeconds = 3600) =>
    world.sts(by).assumeRole(
      new sts.AssumeRoleRequest({
        roleArn: `acs:ram::${account.accountId}:role/${roleName}`,
        roleSessionName: 'ci',
        durationSeconds,
      }),
    );
  const own = trustPolicy({ RAM: [`acs:ram::${account.accountId}:root`, `acs:ram::${other.accountId}:root`] });
  const { roleId } = await makeRole(world, account, 'trusting', own);
  await makeRole(world, account, 'ecs-only');
  assert.equal((await assume(account, 'trusting')).body!.assumedRoleUser!.assumedRoleId, `${roleId}:ci`);
  await refuses('InvalidParameter.DurationSeconds', 400, () => assume(account, 'trusting', 7200));
  await refuses('NoPermission', 403, () => assume(account, 'ecs-only'));
  // Sessions have all of the account's rights, so nobody else gets one, whatever the role says; nor learns which roles there are.
  await refuses('NoPermission', 403, () => assume(other, 'trusting'));
  await refuses('NoPermission', 403, () => assume(other, 'nobody'));
});

test("Packer's calls, by the cloud's name for RAM", async () => {
  const account = await world.account('go');
  const { status, json } = await send(
    world.endpoint,
    goRequest(account, {
      action: 'GetRole',
      version: RAM,
      parameters: { RoleName: 'AliyunECSImageImportDefaultRole' },
    }),
  );
  assert.deepEqual([status, json['Code']], [404, 'EntityNotExist.Role']);
  const where = await send(
    world.endpoint,
    goRequest(account, {
      action: 'DescribeEndpoints',
      version: '2015-06-12',
      parameters: { Id: 'cn-hangzhou', ServiceCode: 'ram', Type: 'openAPI' },
    }),
  );
  assert.equal(JSON.stringify(where.json['Endpoints']).includes(new URL(world.endpoint).host), true);
  const unbuilt = await send(
    world.endpoint,
    goRequest(account, { action: 'CreateUser', version: RAM, parameters: { UserName: 'a' } }),
  );
  assert.deepEqual([unbuilt.status, unbuilt.json['Code']], [400, 'UnsupportedOperation']);
});
