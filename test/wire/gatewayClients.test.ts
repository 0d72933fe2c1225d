import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import ecs from '@alicloud/ecs20140526';
import RPCClient from '@alicloud/pop-core';
import sts from '@alicloud/sts20150401';
import { createWorld, type Account, type World } from '../world.ts';
import {
  goRequest,
  pythonRequest,
  send,
  terraformRequest,
  v3Request,
  type RawRequest,
  type V1Options,
} from './rawClient.ts';

/** Every kind of client against one service. */
let world: World;
before(async () => {
  world = await createWorld();
});
after(() => world[Symbol.asyncDispose]());

const REQUEST_ID = /^[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}$/;

test('the official TypeScript SDK (V3)', async () => {
  const { body } = await world.ecs().describeRegions(new ecs.DescribeRegionsRequest({ acceptLanguage: 'en-US' }));
  assert.match(body!.requestId!, REQUEST_ID);
  assert.ok(body!.regions!.region!.some((region) => region.regionId === 'cn-hangzhou'));
});

test('the official TypeScript SDK sends what is hard to encode', async () => {
  const vpcName = 'a测试-1';
  const description = "text *~+!'()&=/ é 测试 100%";
  const { body } = await world
    .ecs()
    .createVpc(new ecs.CreateVpcRequest({ regionId: 'cn-hangzhou', vpcName, description, cidrBlock: '10.0.0.0/8' }));
  const described = await world
    .ecs()
    .describeVpcs(new ecs.DescribeVpcsRequest({ regionId: 'cn-hangzhou', vpcId: body!.vpcId! }));
  const [vpc] = described.body!.vpcs!.vpc!;
  assert.deepEqual([vpc!.vpcName, vpc!.description], [vpcName, description]);
});

test('an SDK error has the official code, status and message', async () => {
  await assert.rejects(
    world.ecs().describeRegions(new ecs.DescribeRegionsRequest({ acceptLanguage: 'xx' })),
    (error: { code: string; statusCode: number; data: Record<string, string> }) => {
      assert.equal(error.code, 'InvalidAcceptLanguage.NotFound');
      assert.equal(error.statusCode, 404);
      assert.match(error.data['RequestId']!, REQUEST_ID);
      assert.equal(error.data['HostId'], new URL(world.endpoint).host);
      return true;
    },
  );
});

for (const method of ['GET', 'POST']) {
  test(`@alicloud/pop-core (V1, ${method})`, async () => {
    const { accessKeyId, accessKeySecret } = world.operator;
    const client = new RPCClient({ accessKeyId, accessKeySecret, endpoint: world.endpoint, apiVersion: '2014-05-26' });
    const parameters = { AcceptLanguage: 'en-US', RegionId: 'cn-hangzhou' };
    const answer = await client.request<{ Regions: { Region: object[] } }>('DescribeRegions', parameters, { method });
    assert.ok(answer.Regions.Region.length > 10);
    await assert.rejects(client.request('DescribeVpcs', { RegionId: 'moon' }, { method }), {
      code: 'InvalidRegionId.NotFound',
    });
  });
}

const tricky: V1Options = {
  action: 'CreateVpc',
  parameters: {
    RegionId: 'cn-hangzhou',
    VpcName: 'wire',
    CidrBlock: '192.168.0.0/16',
    Description: "测试 a*~+!'()&=b",
  },
};

const shapes: Record<string, (of: Account) => RawRequest> = {
  'Go, HMAC-SHA1': (of) => goRequest(of, tricky),
  'Go, HMAC-SHA256': (of) => goRequest(of, { ...tricky, algorithm: 'HMAC-SHA256' }),
  'Go, GET': (of) => goRequest(of, { ...tricky, method: 'GET' }),
  'Go of Packer 1.6.6, blank SecurityToken': (of) => goRequest(of, { ...tricky, envelope: { SecurityToken: '' } }),
  Python: (of) => pythonRequest(of, tricky),
  'Terraform, business parameters in the form': (of) => terraformRequest(of, tricky),
  'Terraform, split over query and form': (of) => terraformRequest(of, tricky, ['RegionId', 'Description']),
  'V3, query': (of) => v3Request(of, world, tricky),
  'V3, form body': (of) => v3Request(of, world, { action: 'CreateVpc', form: tricky.parameters! }),
  'V3, form and query': (of) =>
    v3Request(of, world, { action: 'CreateVpc', form: tricky.parameters!, parameters: { RegionId: 'cn-hangzhou' } }),
  'V3, signed further headers': (of) =>
    v3Request(of, world, {
      ...tricky,
      headers: { 'x-acs-credentials-provider': 'static_ak', 'x-acs-retry-attempts': '1' },
    }),
};

for (const [name, shape] of Object.entries(shapes)) {
  test(`raw request: ${name}`, async () => {
    const account = await world.account(name);
    const { status, json } = await send(world.endpoint, shape(account));
    assert.equal(status, 200, JSON.stringify(json));
    const look = goRequest(account, {
      action: 'DescribeVpcs',
      parameters: { RegionId: 'cn-hangzhou', VpcId: String(json['VpcId']) },
    });
    const { json: described } = await send(world.endpoint, look);
    const [vpc] = (described['Vpcs'] as { Vpc: Record<string, string>[] }).Vpc;
    assert.equal(vpc!['Description'], tricky.parameters!['Description']);
  });
}

test('a space may come as + or as %20', async () => {
  const raw = goRequest(world.operator, {
    action: 'DescribeRegions',
    parameters: { AcceptLanguage: 'en-US' },
    envelope: { SignatureNonce: 'a b c' },
  });
  assert.match(raw.target, /SignatureNonce=a\+b\+c/);
  assert.equal((await send(world.endpoint, raw)).status, 200);
});

test('XML where it is asked for, and by default in V1', async () => {
  const asked = goRequest(world.operator, { action: 'DescribeRegions', envelope: { Format: 'xml' } });
  const absent = goRequest(world.operator, { action: 'DescribeRegions', envelope: { Format: undefined } });
  for (const raw of [asked, absent]) {
    const { text, headers, status } = await send(world.endpoint, raw);
    assert.equal(status, 200);
    assert.equal(headers['content-type'], 'text/xml;charset=utf-8');
    assert.match(
      text,
      /^<\?xml version='1.0' encoding='UTF-8'\?><DescribeRegionsResponse><RequestId>[-0-9A-F]{36}<\/RequestId><Regions><Region>/,
    );
    assert.match(text, /<RegionId>cn-hangzhou<\/RegionId>/);
  }
  const wrong = goRequest(world.operator, { action: 'DescribeRegions', secret: 'wrong', envelope: { Format: 'XML' } });
  const { text } = await send(world.endpoint, wrong);
  assert.match(
    text,
    /^<\?xml version='1.0' encoding='UTF-8'\?><Error><RequestId>.*<\/RequestId><HostId>.*<Code>SignatureDoesNotMatch<\/Code>/,
  );
});

test('an empty list is sent with its wrapper, in both formats', async () => {
  const account = await world.account('empty');
  const none = { action: 'DescribeKeyPairs', parameters: { RegionId: 'cn-hangzhou' } };
  const { json } = await send(world.endpoint, goRequest(account, none));
  assert.deepEqual(json['KeyPairs'], { KeyPair: [] });
  const { text } = await send(world.endpoint, goRequest(account, { ...none, envelope: { Format: 'XML' } }));
  assert.match(text, /<KeyPairs><\/KeyPairs>/);
});

test('the headers of an answer name the request', async () => {
  const { headers, json } = await send(world.endpoint, goRequest(world.operator, { action: 'DescribeRegions' }));
  assert.equal(headers['x-acs-request-id'], json['RequestId']);
  assert.equal(headers['content-type'], 'application/json;charset=utf-8');
});

test('temporary credentials of AssumeRole sign in V1 and V3, until they expire', async () => {
  const account = await world.account('roles');
  const roleArn = `acs:ram::${account.accountId}:role/builder`;
  const { body } = await world
    .sts(account)
    .assumeRole(new sts.AssumeRoleRequest({ roleArn, roleSessionName: 'ci', durationSeconds: 900 }));
  const { accessKeyId, accessKeySecret, securityToken, expiration } = body!.credentials!;
  assert.match(expiration!, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  const role = {
    accountId: account.accountId,
    accessKeyId: accessKeyId!,
    accessKeySecret: accessKeySecret!,
    securityToken: securityToken!,
  };

  const me = await world.sts(role).getCallerIdentity();
  assert.equal(me.body!.accountId, account.accountId);
  assert.equal(me.body!.identityType, 'AssumedRoleUser');
  assert.equal(me.body!.arn, `acs:ram::${account.accountId}:assumed-role/builder/ci`);
  assert.equal(me.body!.principalId, body!.assumedRoleUser!.assumedRoleId);
  assert.equal((await send(world.endpoint, goRequest(role, { action: 'DescribeRegions' }))).status, 200);

  const codeOf = async (of: typeof role) =>
    (await send(world.endpoint, v3Request(of, world, { action: 'DescribeRegions' }))).json['Code'];
  assert.equal(
    await codeOf({ ...role, securityToken: `${securityToken}x` }),
    'InvalidSecurityToken.MismatchWithAccessKey',
  );
  assert.equal(await codeOf({ ...role, securityToken: '' }), 'MissingSecurityToken');
  assert.equal(
    await codeOf({ ...account, securityToken: securityToken! }),
    'InvalidSecurityToken.MismatchWithAccessKey',
  );
  world.advance(901_000);
  assert.equal(await codeOf(role), 'InvalidSecurityToken.Expired');
});

test('GetCallerIdentity of an account', async () => {
  const { body } = await world.sts().getCallerIdentity();
  const { accountId } = world.operator;
  assert.deepEqual(
    [body!.accountId, body!.identityType, body!.arn, body!.userId],
    [accountId, 'Account', `acs:ram::${accountId}:root`, accountId],
  );
});

test('AssumeRole refuses what it can not honour', async () => {
  const own = `acs:ram::${world.operator.accountId}:role/builder`;
  const assume = (request: ConstructorParameters<typeof sts.AssumeRoleRequest>[0]) =>
    world.sts().assumeRole(new sts.AssumeRoleRequest({ roleArn: own, roleSessionName: 'ci', ...request }));
  await assert.rejects(assume({ roleArn: 'builder' }), { code: 'InvalidParameter.RoleArn' });
  await assert.rejects(assume({ roleSessionName: 'a b' }), { code: 'InvalidParameter.RoleSessionName' });
  await assert.rejects(assume({ durationSeconds: 60 }), { code: 'InvalidParameter.DurationSeconds' });
  await assert.rejects(assume({ policy: '{}' }), { code: 'UnsupportedParameter' });
  await assert.rejects(assume({ roleArn: 'acs:ram::1234567890123456:role/builder' }), {
    code: 'NoPermission',
    statusCode: 403,
  });
});

test('the Location service gives our address, or cloud names to a client that came by one', async () => {
  const ask = (serviceCode: string, host?: string) =>
    send(world.endpoint, {
      ...goRequest(world.operator, {
        action: 'DescribeEndpoints',
        version: '2015-06-12',
        parameters: { Id: 'cn-beijing', ServiceCode: serviceCode, Type: 'openAPI' },
      }),
      ...(host && { headers: { Host: host } }),
    });
  const endpointOf = async (answer: ReturnType<typeof ask>) => {
    const { json } = await answer;
    assert.equal(json['Success'], true);
    return (json['Endpoints'] as { Endpoint: { Endpoint: string }[] }).Endpoint.map((item) => item.Endpoint);
  };
  assert.deepEqual(await endpointOf(ask('ecs')), [new URL(world.endpoint).host]);
  assert.deepEqual(await endpointOf(ask('vpc', 'location-readonly.aliyuncs.com')), ['vpc.cn-beijing.aliyuncs.com']);
  assert.deepEqual(await endpointOf(ask('vpcpeer', 'location-readonly.aliyuncs.com')), [
    'vpcpeer.cn-beijing.aliyuncs.com',
  ]);
  assert.deepEqual(await endpointOf(ask('rds')), []);
});
