import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ApiError } from '../contract/errors.ts';
import { loadModel } from '../contract/sdk.ts';
import { decodeRequest, type DecodeRules } from './decode.ts';

const rules = (action: string): DecodeRules => ({
  action,
  limits: { listIndex: 100, depth: 6 },
  unknownParameters: 'refuse',
});
const decode = (action: string, parameters: Record<string, string>) =>
  decodeRequest(loadModel('Ecs', `${action}Request`), new Map(Object.entries(parameters)), rules(action));
const refuses = (action: string, parameters: Record<string, string>, code: string, hint: RegExp) =>
  assert.throws(
    () => decode(action, parameters),
    (error) => error instanceof ApiError && error.code === code && error.status === 400 && hint.test(error.message),
  );

test('structures, lists of structures, lists in structures', () => {
  const request = decode('RunInstances', {
    'SystemDisk.Size': '40',
    'DataDisk.2.Size': '20',
    'DataDisk.1.Encrypted': 'true',
    'NetworkInterface.1.SecurityGroupIds.2': 'sg-b',
    'NetworkInterface.1.SecurityGroupIds.1': 'sg-a',
    'SecurityGroupIds.9': 'sg-c',
    'Tag.3.Key': 'k',
    'Tag.3.Value': '',
    UserData: 'IyEvYmluL3No',
  });
  assert.deepEqual(request, {
    systemDisk: { size: '40' },
    dataDisk: [{ encrypted: 'true' }, { size: 20 }],
    networkInterface: [{ securityGroupIds: ['sg-a', 'sg-b'] }],
    securityGroupIds: ['sg-c'],
    tag: [{ key: 'k' }],
    userData: 'IyEvYmluL3No',
  });
});

test('a JSON list in a text stays a text', () => {
  assert.deepEqual(decode('DescribeInstances', { InstanceIds: '["i-a"]' }), { instanceIds: '["i-a"]' });
});

test('first letters in the other case are the same parameter', () => {
  assert.deepEqual(decode('DescribeKeyPairs', { 'Tag.1.key': 'a', 'Tag.1.value': 'b' }), {
    tag: [{ key: 'a', value: 'b' }],
  });
  assert.deepEqual(decode('CreateAutoSnapshotPolicy', { RegionId: 'cn-hangzhou', retentionDays: '-1' }), {
    regionId: 'cn-hangzhou',
    retentionDays: -1,
  });
});

test('blank is as good as absent', () => {
  assert.deepEqual(decode('DescribeImages', { ImageId: '', PageSize: '', 'Tag.1.Key': '' }), {});
});

test('numbers: whole, but where fractions are meant; a code of the action itself is used where there is one', () => {
  assert.deepEqual(decode('RunInstances', { SpotPriceLimit: '0.98', Amount: '3' }), {
    spotPriceLimit: 0.98,
    amount: 3,
  });
  refuses('RunInstances', { SpotPriceLimit: '.5' }, 'InvalidSpotPriceLimit', /SpotPriceLimit must be a number/);
  refuses('DescribeImages', { PageSize: '1.5' }, 'InvalidParameter.Format', /PageSize/);
});

test('what has parts may come as JSON in one text, within the same limits', () => {
  const tags = decode('DescribeKeyPairs', { Tag: '[{"Key":"a","Value":"1"},{"key":"b","Value":null}]' });
  assert.deepEqual(tags, { tag: [{ key: 'a', value: '1' }, { key: 'b' }] });
  for (const text of ['[{"Key":', '"a"', '7', 'a', '[7]', '{"Key":"a"}'])
    refuses('DescribeKeyPairs', { Tag: text }, 'InvalidParameter.Format', /Tag/);
  refuses('DescribeKeyPairs', { Tag: '['.repeat(50) + ']'.repeat(50) }, 'InvalidParameter.Format', /nested deeper/);
  refuses('DescribeKeyPairs', { Tag: `[${'{},'.repeat(2000)}{}]` }, 'InvalidParameter.Format', /numbered/);
  refuses('DescribeKeyPairs', { Tag: '[{"__proto__":{"Key":"a"}}]' }, 'UnsupportedParameter', /__proto__/);
});

test('what contradicts itself', () => {
  refuses('DescribeKeyPairs', { 'Tag.1.Key': 'a', 'Tag.1': 'b' }, 'InvalidParameter.Format', /contradicts/);
  refuses('DescribeKeyPairs', { 'Tag.1': 'b', 'Tag.1.Key': 'a' }, 'InvalidParameter.Format', /contradicts/);
  refuses('DescribeKeyPairs', { 'Tag.1': 'b' }, 'InvalidParameter.Format', /has parts/);
  refuses('DescribeKeyPairs', { RegionId: 'a', regionId: 'b' }, 'InvalidParameter.Format', /two spellings/);
});

test('whatever the names, the answer is a request or the fault of the caller, and no object is touched', () => {
  const step = fc.oneof(
    fc.constantFrom('Tag', '1', 'Key', '__proto__', 'constructor', 'SystemDisk', '', '999999999', 'RegionId'),
    fc.string(),
  );
  const names = fc.array(fc.tuple(fc.array(step, { minLength: 1, maxLength: 8 }), fc.string()), { maxLength: 8 });
  fc.assert(
    fc.property(names, fc.constantFrom<'refuse' | 'ignore'>('refuse', 'ignore'), (pairs, unknownParameters) => {
      const parameters = new Map(pairs.map(([steps, value]) => [steps.join('.'), value]));
      try {
        decodeRequest(loadModel('Ecs', 'RunInstancesRequest'), parameters, {
          ...rules('RunInstances'),
          unknownParameters,
        });
      } catch (error) {
        assert.ok(error instanceof ApiError, String(error));
      }
      assert.equal(({} as Record<string, unknown>)['Key'], undefined);
    }),
  );
});
