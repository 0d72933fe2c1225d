import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createWorld, type World } from '../world.ts';
import {
  goRequest,
  send,
  signedV1,
  stamp,
  strict,
  terraformRequest,
  v3Request,
  type RawRequest,
  type V1Options,
} from './rawClient.ts';

let world: World;
before(async () => {
  world = await createWorld();
});
after(() => world[Symbol.asyncDispose]());

async function refused(raw: RawRequest, status: number, code: string, message?: RegExp): Promise<void> {
  const answer = await send(world.endpoint, raw);
  assert.deepEqual([answer.status, answer.json['Code']], [status, code], answer.text);
  assert.match(String(answer.json['RequestId']), /^[-0-9A-F]{36}$/);
  assert.equal(answer.json['HostId'], new URL(world.endpoint).host);
  assert.match(String(answer.json['Recommend']), /^https:/);
  if (message) assert.match(String(answer.json['Message']), message);
}

const v1 = (options: Partial<V1Options> = {}) => goRequest(world.operator, { action: 'DescribeRegions', ...options });
const without = (name: string) => v1({ envelope: { [name]: undefined, Format: 'JSON' } });
const MINUTE_MS = 60_000;

test('a wrong secret: the string to sign comes last in the message, as the Go SDK wants it', async () => {
  const raw = v1({ secret: 'wrong' });
  await refused(raw, 400, 'SignatureDoesNotMatch', /server string to sign is:POST&%2F&AccessKeyId%3D\S+$/);
  await refused(
    v3Request(world.operator, world, { action: 'DescribeRegions', secret: 'wrong' }),
    400,
    'SignatureDoesNotMatch',
    /server CanonicalRequest is \[POST\n\/\n[^]*server string to sign is:ACS3-HMAC-SHA256\n[0-9a-f]{64}$/,
  );
});

test('a tampered parameter, in the query, in the form, in a header, in the body hash', async () => {
  const query = v1({ parameters: { AcceptLanguage: 'zh-CN' } });
  await refused({ ...query, target: query.target.replace('zh-CN', 'en-US') }, 400, 'SignatureDoesNotMatch');
  const form = terraformRequest(world.operator, { action: 'DescribeRegions', parameters: { AcceptLanguage: 'zh-CN' } });
  await refused({ ...form, body: String(form.body).replace('zh-CN', 'en-US') }, 400, 'SignatureDoesNotMatch');
  const header = v3Request(world.operator, world, { action: 'DescribeRegions' });
  await refused(
    { ...header, headers: { ...header.headers, 'x-acs-action': 'DescribeVpcs' } },
    400,
    'SignatureDoesNotMatch',
  );
  const body = v3Request(world.operator, world, { action: 'DescribeRegions', form: { AcceptLanguage: 'zh-CN' } });
  await refused({ ...body, body: 'AcceptLanguage=en-US' }, 400, 'SignatureDoesNotMatch');
  await refused({ ...v1(), method: 'GET' }, 400, 'SignatureDoesNotMatch');
});

test('the host is signed with its port', async () => {
  const { hostname } = new URL(world.endpoint);
  const raw = v3Request(world.operator, world, { action: 'DescribeRegions', host: hostname });
  const moved = { ...raw, headers: { ...raw.headers, host: new URL(world.endpoint).host } };
  await refused(moved, 400, 'SignatureDoesNotMatch');
});

test('time stamps: stale, early, malformed, just within the limit', async () => {
  for (const offset of [-16, 16]) {
    const at = stamp(Date.now() + offset * MINUTE_MS);
    await refused(v1({ timestamp: at }), 400, 'InvalidTimeStamp.Expired');
    await refused(
      v3Request(world.operator, world, { action: 'DescribeRegions', date: at }),
      400,
      'InvalidTimeStamp.Expired',
    );
  }
  for (const text of ['yesterday', '2026-01-01', '2026-01-01T00:00:00+08:00', '2026-13-01T00:00:00Z']) {
    await refused(v1({ timestamp: text }), 400, 'InvalidTimeStamp.Format');
  }
  for (const offset of [-14, 14]) {
    assert.equal((await send(world.endpoint, v1({ timestamp: stamp(Date.now() + offset * MINUTE_MS) }))).status, 200);
  }
});

test('service time may be advanced: clients keep their own', async () => {
  await using ahead = await createWorld();
  ahead.advance(400 * 24 * 3600_000);
  assert.equal((await send(ahead.endpoint, goRequest(ahead.operator, { action: 'DescribeRegions' }))).status, 200);
});

test('a replayed nonce is refused, for its access key only', async () => {
  const raw = v1({ nonce: 'once' });
  assert.equal((await send(world.endpoint, raw)).status, 200);
  await refused(raw, 400, 'SignatureNonceUsed');
  await refused(v1({ nonce: 'once' }), 400, 'SignatureNonceUsed');
  await refused(
    v3Request(world.operator, world, { action: 'DescribeRegions', nonce: 'once' }),
    400,
    'SignatureNonceUsed',
  );
  const other = await world.account('other');
  assert.equal(
    (await send(world.endpoint, goRequest(other, { action: 'DescribeRegions', nonce: 'once' }))).status,
    200,
  );
});

test('a request that is refused does not use its nonce up', async () => {
  await refused(v1({ nonce: 'kept', secret: 'wrong' }), 400, 'SignatureDoesNotMatch');
  assert.equal((await send(world.endpoint, v1({ nonce: 'kept' }))).status, 200);
});

test('access keys: unknown, inactive', async () => {
  await refused(
    goRequest({ ...world.operator, accessKeyId: 'LTAInobody' }, { action: 'DescribeRegions' }),
    404,
    'InvalidAccessKeyId.NotFound',
  );
  await refused(
    goRequest({ ...world.operator, accessKeyId: 'STS.nobody', securityToken: 'x' }, { action: 'DescribeRegions' }),
    404,
    'InvalidAccessKeyId.NotFound',
  );
  const account = await world.account('inactive');
  await world.parts.database.write((tx) =>
    tx.updateTable('accessKeys').set({ status: 'Inactive' }).where('id', '=', account.accessKeyId).execute(),
  );
  await refused(goRequest(account, { action: 'DescribeRegions' }), 400, 'InvalidAccessKeyId.Inactive');
});

test('what V1 can not do without', async () => {
  await refused(without('AccessKeyId'), 400, 'MissingAccessKeyId');
  await refused(without('SignatureMethod'), 400, 'MissingSignatureMethod');
  await refused(without('SignatureNonce'), 400, 'MissingSignatureNonce');
  await refused(without('Timestamp'), 400, 'MissingTimestamp');
  await refused(without('Version'), 400, 'MissingVersion');
  await refused(without('Action'), 400, 'MissingAction');
  await refused(v1({ envelope: { Signature: '' } }), 400, 'MissingSignature');
  await refused(v1({ envelope: { SignatureMethod: 'HMAC-MD5' } }), 400, 'InvalidParamater', /SignatureMethod/);
  await refused(v1({ envelope: { SignatureVersion: '2.0' } }), 400, 'InvalidParamater', /SignatureVersion/);
  await refused(v1({ envelope: { SignatureType: 'BEARERTOKEN', BearerToken: 'x' } }), 400, 'UnsupportedParameter');
});

test('what V3 can not do without', async () => {
  const request = (options: object) => v3Request(world.operator, world, { action: 'DescribeRegions', ...options });
  for (const unsigned of [
    'host',
    'x-acs-action',
    'x-acs-version',
    'x-acs-date',
    'x-acs-signature-nonce',
    'x-acs-content-sha256',
  ]) {
    await refused(request({ unsigned: [unsigned] }), 400, 'IncompleteSignature', new RegExp(unsigned));
  }
  const plain = request({});
  const garbled = { ...plain, headers: { ...plain.headers, authorization: 'ACS3-HMAC-SHA256 hello' } };
  await refused(garbled, 400, 'IncompleteSignature');
  await refused(request({ date: '' }), 400, 'MissingTimestamp');
  await refused(request({ nonce: '' }), 400, 'MissingSignatureNonce');
  await refused(request({ version: '' }), 400, 'MissingVersion');
  await refused(request({ action: '' }), 400, 'MissingAction');
});

test('the x-acs headers of a V1 request do not make it V3', async () => {
  const raw = v1();
  assert.equal(raw.headers['x-acs-action'], 'DescribeRegions');
  assert.equal((await send(world.endpoint, raw)).status, 200);
});

test('versions and actions: unknown, of another product, known but not built', async () => {
  await refused(v1({ version: '1999-01-01' }), 400, 'InvalidVersion');
  await refused(v1({ action: 'MakeCoffee' }), 404, 'InvalidAction.NotFound');
  await refused(v1({ action: 'describeregions' }), 404, 'InvalidAction.NotFound');
  await refused(v1({ action: 'DescribeRegions', version: '2015-04-01' }), 404, 'InvalidAction.NotFound');
  // Never 404, which Terraform takes for "deleted", nor 5xx, which it retries.
  await refused(v1({ action: 'CreateDiagnosticReport' }), 400, 'UnsupportedOperation', /Ecs CreateDiagnosticReport/);
  await refused(
    v1({ action: 'CreateNatGateway', version: '2016-04-28' }),
    400,
    'UnsupportedOperation',
    /Vpc CreateNatGateway/,
  );
});

test('paths and methods', async () => {
  const raw = v1();
  await refused({ ...raw, method: 'PUT' }, 403, 'UnsupportedHTTPMethod');
  await refused({ ...raw, target: raw.target.replace('/?', '/api?') }, 404, 'InvalidApi.NotFound');
});

test('broken encodings', async () => {
  for (const broken of ['A=%ff%fe', 'A=%E6%B5', 'A=%zz', 'A=%', '%c0%80=1', 'A=%ED%A0%80']) {
    await refused(
      { ...v1(), target: `/?Format=JSON&${broken}` },
      400,
      'InvalidParameter.Format',
      /percent-encoded UTF-8/,
    );
  }
  const form = terraformRequest(world.operator, { action: 'DescribeRegions', parameters: { AcceptLanguage: 'x' } });
  await refused({ ...form, body: 'A=%ff' }, 400, 'InvalidParameter.Format');
  await refused({ ...form, body: Buffer.from('A=é', 'latin1') }, 400, 'InvalidParameter.Format');
  await refused(
    { ...form, headers: { 'Content-Type': 'application/json' }, body: '{}' },
    400,
    'InvalidParameter.Format',
    /x-www-form-urlencoded/,
  );
});

test('a parameter sent twice', async () => {
  const all = signedV1(world.operator, { action: 'DescribeRegions', parameters: { AcceptLanguage: 'zh-CN' } });
  const query = Object.entries(all)
    .map(([name, value]) => `${strict(name)}=${strict(value)}`)
    .join('&');
  const post = (target: string, body = ''): RawRequest => ({
    method: 'POST',
    target,
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    body,
  });
  await refused(
    post(`/?${query}&AcceptLanguage=zh-CN`),
    400,
    'InvalidParameter.Format',
    /AcceptLanguage was sent twice/,
  );
  await refused(post(`/?${query}`, 'AcceptLanguage=en-US'), 400, 'InvalidParameter.Format', /AcceptLanguage differs/);
  assert.equal((await send(world.endpoint, post(`/?${query}`, 'AcceptLanguage=zh-CN'))).status, 200);
});

test('limits: body, parameters, names, values, list indices, depth', async () => {
  const parameters = (pairs: Record<string, string>) =>
    terraformRequest(world.operator, { action: 'DescribeVpcs', parameters: { RegionId: 'cn-hangzhou', ...pairs } });
  const tags = (pairs: Record<string, string>) =>
    terraformRequest(world.operator, { action: 'DescribeKeyPairs', parameters: { RegionId: 'cn-hangzhou', ...pairs } });
  const form = parameters({});
  await refused({ ...form, body: 'x'.repeat(1024 * 1024 + 1) }, 413, 'RequestTooLarge');
  await refused(
    parameters(Object.fromEntries(Array.from({ length: 1001 }, (_, index) => [`P.${index}`, '1']))),
    400,
    'InvalidParameter.Format',
    /More than 1000/,
  );
  await refused(parameters({ ['N'.repeat(257)]: '1' }), 400, 'InvalidParameter.Format', /longer than 256/);
  await refused(
    parameters({ VpcId: 'v'.repeat(128 * 1024 + 1) }),
    400,
    'InvalidParameter.Format',
    /longer than 131072/,
  );
  for (const index of ['0', '1001', '1000000000', '-1', '01', 'x']) {
    await refused(tags({ [`Tag.${index}.Key`]: 'k' }), 400, 'InvalidParameter.Format', /numbered from 1 to 1000/);
  }
  await refused(tags({ [`Tag${'.1'.repeat(9)}`]: 'k' }), 400, 'InvalidParameter.Format', /deeper/);
  await refused(tags({ Tag: 'k' }), 400, 'InvalidParameter.Format');
  await refused(tags({ 'KeyPairName.1': 'k' }), 400, 'InvalidParameter.Format');
  await refused(tags({ 'Tag.1.Key': 'a', 'Tag.1.key': 'b' }), 400, 'InvalidParameter.Format', /two spellings/);
  assert.equal(
    (await send(world.endpoint, tags({ 'Tag.7.key': 'a', 'Tag.3.Key': 'b', 'Tag.1000.value': '' }))).status,
    200,
  );
});

test('numbers and flags are what they claim to be', async () => {
  const vpcs = (pairs: Record<string, string>) =>
    v1({ action: 'DescribeVpcs', parameters: { RegionId: 'cn-hangzhou', ...pairs } });
  for (const size of ['ten', '1e1', '0x10', '1.5', ' 10', '9007199254740993']) {
    await refused(vpcs({ PageSize: size }), 400, 'InvalidParameter.Format', /PageSize must be a whole number/);
  }
  for (const flag of ['yes', '1', 'truth'])
    await refused(vpcs({ IsDefault: flag }), 400, 'InvalidParameter.Format', /true or false/);
  for (const flag of ['true', 'True', 'FALSE'])
    assert.equal((await send(world.endpoint, vpcs({ IsDefault: flag }))).status, 200);
});

test('unknown parameters are refused by name, unless the operator says otherwise', async () => {
  const wrong = { action: 'DescribeVpcs', parameters: { RegionId: 'cn-hangzhou', VcpId: 'vpc-1' } };
  await refused(v1(wrong), 400, 'UnsupportedParameter', /DescribeVpcs has no parameter VcpId/);
  await refused(
    v1({ action: 'DescribeKeyPairs', parameters: { RegionId: 'cn-hangzhou', 'Tag.1.Kee': 'a' } }),
    400,
    'UnsupportedParameter',
    /Tag\.1\.Kee/,
  );
  await using lenient = await createWorld({ config: { unknownParameters: 'ignore' } });
  assert.equal((await send(lenient.endpoint, goRequest(lenient.operator, wrong))).status, 200);
});

test('a required parameter that is absent or blank', async () => {
  for (const parameters of [{}, { KeyPairName: '' }] as Record<string, string>[]) {
    await refused(
      v1({ action: 'CreateKeyPair', parameters: { RegionId: 'cn-hangzhou', ...parameters } }),
      400,
      'MissingKeyPairName',
      /KeyPairName is mandatory for this action/,
    );
  }
});

test('a fault of our own says nothing of itself', async () => {
  await using broken = await createWorld();
  await broken.parts.database.write((tx) => tx.schema.dropTable('keyPairs').execute());
  const { status, json } = await send(
    broken.endpoint,
    goRequest(broken.operator, { action: 'DescribeKeyPairs', parameters: { RegionId: 'cn-hangzhou' } }),
  );
  assert.deepEqual([status, json['Code']], [500, 'InternalError']);
  assert.doesNotMatch(JSON.stringify(json), /keyPairs|sqlite/i);
});

test('throttling, per account and per action', async () => {
  await using slow = await createWorld({
    config: { accountThrottle: { perSecond: 0.001, burst: 4 }, actionThrottle: { perSecond: 0.001, burst: 2 } },
  });
  const call = async (account: typeof slow.operator, action: string) =>
    (await send(slow.endpoint, goRequest(account, { action }))).json['Code'];
  const { operator } = slow;
  const codes = [];
  for (const action of ['DescribeRegions', 'DescribeRegions', 'DescribeRegions', 'DescribeVpcs', 'DescribeVpcs'])
    codes.push(await call(operator, action));
  assert.deepEqual(codes, [undefined, undefined, 'Throttling.User', undefined, 'Throttling.User']);
  assert.equal(await call(await slow.account('another'), 'DescribeRegions'), undefined);
});
