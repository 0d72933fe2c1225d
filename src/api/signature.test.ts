import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  canonicalRequestV3,
  isSame,
  parseAuthorizationV3,
  percentEncode,
  sha256Hex,
  signV1,
  signV3,
  stringToSignV1,
  stringToSignV3,
} from './signature.ts';

/** The vendor's worked example of V1. */
const example = new Map(
  Object.entries({
    Timestamp: '2016-02-23T12:46:24Z',
    Format: 'XML',
    AccessKeyId: 'testid',
    Action: 'DescribeRegions',
    SignatureMethod: 'HMAC-SHA1',
    SignatureNonce: '3ee8c1b8-83d3-44af-a94f-4e0ad82fd6cf',
    Version: '2014-05-26',
    SignatureVersion: '1.0',
  }),
);

test('the worked example of V1 is signed as documented', () => {
  const text = stringToSignV1('GET', example);
  assert.equal(
    text,
    'GET&%2F&AccessKeyId%3Dtestid%26Action%3DDescribeRegions%26Format%3DXML%26SignatureMethod%3DHMAC-SHA1%26SignatureNonce%3D3ee8c1b8-83d3-44af-a94f-4e0ad82fd6cf%26SignatureVersion%3D1.0%26Timestamp%3D2016-02-23T12%253A46%253A24Z%26Version%3D2014-05-26',
  );
  assert.equal(signV1('HMAC-SHA1', 'testsecret', text), 'OLeaidS1JvxuMvnyHOwuJ+uX5qY=');
});

test('the worked example with HMAC-SHA256', () => {
  const text = stringToSignV1('GET', new Map([...example, ['SignatureMethod', 'HMAC-SHA256']]));
  assert.equal(signV1('HMAC-SHA256', 'testsecret', text), 'f+kDBRdR9n+P1zXfyHQUxMy5FsgBdfrvXstNbIWx5Gc=');
});

test('V1 leaves out Signature alone, keeps blank values, and sorts names by bytes', () => {
  const text = stringToSignV1(
    'POST',
    new Map([
      ['Tag.2.Key', 'b'],
      ['Tag.10.Key', 'a'],
      ['a', '1'],
      ['Z', '2'],
      ['SignatureType', ''],
      ['Signature', 'x'],
    ]),
  );
  assert.equal(text, `POST&%2F&${percentEncode('SignatureType=&Tag.10.Key=a&Tag.2.Key=b&Z=2&a=1')}`);
});

test('what clients encode in different ways is encoded in one', () => {
  assert.equal(percentEncode("测试 image*~+!'()-_."), '%E6%B5%8B%E8%AF%95%20image%2A~%2B%21%27%28%29-_.');
});

test('the first worked example of V3', () => {
  const headers: Record<string, string> = {
    host: 'ecs.cn-shanghai.aliyuncs.com',
    'x-acs-action': 'RunInstances',
    'x-acs-content-sha256': 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    'x-acs-date': '2023-10-26T10:22:32Z',
    'x-acs-signature-nonce': '3156853299f313e23d1673dc12e1703d',
    'x-acs-version': '2014-05-26',
  };
  const canonical = canonicalRequestV3({
    method: 'POST',
    query: new Map([
      ['RegionId', 'cn-shanghai'],
      ['ImageId', 'win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd'],
    ]),
    header: (name) => headers[name],
    signedHeaders: Object.keys(headers),
    bodyHash: sha256Hex(''),
  });
  assert.equal(
    signV3('YourAccessKeySecret', stringToSignV3(canonical)),
    '06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0',
  );
});

test('the second worked example of V3: a form body and a security token', () => {
  const body = 'ImageId=m-bp1example0001&ImageName=web%20image&RegionId=cn-hangzhou';
  const headers: Record<string, string> = {
    'content-type': 'application/x-www-form-urlencoded',
    host: 'ecs.example.internal:8080',
    'x-acs-accesskey-id': 'LTAIexample',
    'x-acs-action': 'ModifyImageAttribute',
    'x-acs-content-sha256': 'b96ca089600797e08526ebc43b078ede21e3133f728e23594ab151e6f168d0ab',
    'x-acs-date': '2026-01-02T03:04:05Z',
    'x-acs-security-token': 'CAIS-example',
    'x-acs-signature-nonce': '0123456789abcdef0123456789abcdef',
    'x-acs-version': '2014-05-26',
  };
  const bodyHash = sha256Hex(body);
  assert.equal(bodyHash, headers['x-acs-content-sha256']);
  const canonical = canonicalRequestV3({
    method: 'POST',
    query: new Map(),
    header: (name) => headers[name],
    signedHeaders: Object.keys(headers),
    bodyHash,
  });
  assert.equal(
    signV3('exampleSecret', stringToSignV3(canonical)),
    'feb0bf797b55e6b6bf9325aef6221cc0b35791626f060e8cc2af7bdb516fb436',
  );
});

test('an Authorization header is taken apart, or is none', () => {
  const parsed = parseAuthorizationV3('ACS3-HMAC-SHA256 Credential=LTAI,SignedHeaders=host;x-acs-date,Signature=0aF9');
  assert.deepEqual(parsed, { accessKeyId: 'LTAI', signedHeaders: ['host', 'x-acs-date'], signature: '0af9' });
  for (const header of [
    '',
    'ACS3-HMAC-SM3 Credential=a,SignedHeaders=b,Signature=00',
    'ACS3-HMAC-SHA256 Credential=a,Signature=00',
    'ACS3-HMAC-SHA256 Credential=a,SignedHeaders=b,Signature=zz',
  ]) {
    assert.equal(parseAuthorizationV3(header), null, header);
  }
});

test('comparison is of content alone', () => {
  fc.assert(fc.property(fc.string(), fc.string(), (left, right) => isSame(left, right) === (left === right)));
  assert.equal(isSame('é', 'é'), true);
});
