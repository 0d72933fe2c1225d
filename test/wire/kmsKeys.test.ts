import assert from 'node:assert/strict';
import { chmodSync, existsSync, readFileSync, rmSync, statSync, writeFileSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createWorld } from '../world.ts';
import { createKey, describeKey, kmsClient, refusesKms, type KmsClient } from './kmsClient.ts';

const DAY_MS = 86_400_000;
const world = await createWorld();
after(() => world[Symbol.asyncDispose]());

async function party(region?: string): Promise<{ accountId: string; kms: KmsClient }> {
  const account = await world.account('party');
  return { accountId: account.accountId, kms: kmsClient(world, account, region) };
}

const refuses = (code: string, status: number, call: () => Promise<unknown>) => refusesKms(world, code, status, call);

test('a key is made, described and listed', async () => {
  const { accountId, kms } = await party();
  const key = await createKey(kms, { Description: 'disks', EnableAutomaticRotation: true, RotationInterval: '8d' });
  assert.match(key.KeyId, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/);
  assert.equal(key.Arn, `acs:kms:cn-hangzhou:${accountId}:key/${key.KeyId}`);
  const { KeyState, Creator, Description, AutomaticRotation, RotationInterval, DeleteDate } = key;
  assert.deepEqual(
    { KeyState, Creator, Description, AutomaticRotation, RotationInterval, DeleteDate },
    {
      KeyState: 'Enabled',
      Creator: accountId,
      Description: 'disks',
      AutomaticRotation: 'Enabled',
      RotationInterval: `${8 * 86_400}s`,
      DeleteDate: '',
    },
  );
  assert.deepEqual(await describeKey(kms, key.KeyId), key);
  assert.deepEqual(await describeKey(kms, key.Arn), key);
  const other = await createKey(kms);
  await kms('DisableKey', { KeyId: other.KeyId });
  const listed = async (parameters = {}) => {
    const { TotalCount, Keys } = await kms('ListKeys', parameters);
    return [TotalCount, ...Keys.Key.map(({ KeyId }) => KeyId).sort()];
  };
  const both = [key.KeyId, other.KeyId].sort();
  assert.deepEqual(await listed(), [2, ...both]);
  assert.deepEqual((await listed({ PageSize: 1, PageNumber: 2 })).length, 2);
  const filter = (Key: string, Values: string[]) => ({ Filters: JSON.stringify([{ Key, Values }]) });
  assert.deepEqual(await listed(filter('KeyState', ['Disabled'])), [1, other.KeyId]);
  assert.deepEqual(await listed(filter('KeyState', ['Nothing'])), [0]);
  assert.deepEqual(await listed(filter('CreatorType', ['User'])), [2, ...both]);
  assert.deepEqual(await listed(filter('CreatorType', ['Service'])), [0]);
  const { Regions } = await kms('DescribeRegions');
  assert.ok(Regions.Region.some(({ RegionId }) => RegionId === 'cn-beijing'));
});

test('a key is enabled, disabled, described anew, protected', async () => {
  const { kms } = await party();
  const { KeyId, Arn } = await createKey(kms);
  for (const [action, state] of [
    ['DisableKey', 'Disabled'],
    ['DisableKey', 'Disabled'],
    ['EnableKey', 'Enabled'],
    ['EnableKey', 'Enabled'],
  ] as const) {
    await kms(action, { KeyId });
    assert.equal((await describeKey(kms, KeyId)).KeyState, state);
  }
  await kms('UpdateKeyDescription', { KeyId, Description: 'new' });
  await kms('UpdateRotationPolicy', { KeyId, EnableAutomaticRotation: true, RotationInterval: '168h' });
  await kms('SetDeletionProtection', {
    ProtectedResourceArn: Arn,
    EnableDeletionProtection: true,
    DeletionProtectionDescription: 'in use',
  });
  const changed = await describeKey(kms, KeyId);
  assert.deepEqual(
    [changed.Description, changed.RotationInterval, changed.DeletionProtection, changed.DeletionProtectionDescription],
    ['new', '604800s', 'Enabled', 'in use'],
  );
  await refuses('Rejected.StateModifiedFailed', 409, () =>
    kms('ScheduleKeyDeletion', { KeyId, PendingWindowInDays: 7 }),
  );
  await kms('SetDeletionProtection', { ProtectedResourceArn: Arn, EnableDeletionProtection: false });
  await kms('UpdateRotationPolicy', { KeyId, EnableAutomaticRotation: false });
  assert.equal((await describeKey(kms, KeyId)).AutomaticRotation, 'Disabled');
  await kms('ScheduleKeyDeletion', { KeyId, PendingWindowInDays: 7 });
});

test('a key is deleted at the end of its window, with its material, aliases and tags', async () => {
  const { kms } = await party();
  const { KeyId } = await createKey(kms, { Tags: '[{"TagKey":"k","TagValue":"v"}]' });
  await kms('CreateAlias', { KeyId, AliasName: 'alias/doomed' });
  await kms('ScheduleKeyDeletion', { KeyId, PendingWindowInDays: 7 });
  const doomed = await describeKey(kms, KeyId);
  assert.equal(doomed.KeyState, 'PendingDeletion');
  assert.ok(Math.abs(Date.parse(doomed.DeleteDate) - Date.now() - 7 * DAY_MS) < 60_000);
  for (const action of ['EnableKey', 'DisableKey'])
    await refuses('Rejected.StateModifiedFailed', 409, () => kms(action, { KeyId }));
  const schedule = { KeyId, PendingWindowInDays: 8 };
  await refuses('Rejected.StateModifiedFailed', 409, () => kms('ScheduleKeyDeletion', schedule));
  const about = { KeyId, Description: '' };
  await refuses('Rejected.PendingDeletion', 409, () => kms('UpdateKeyDescription', about));
  await refuses('Rejected.StateModifiedFailed', 409, () => kms('CreateAlias', { KeyId, AliasName: 'alias/more' }));

  world.advance(6 * DAY_MS);
  await kms('CancelKeyDeletion', { KeyId });
  assert.equal((await describeKey(kms, KeyId)).KeyState, 'Enabled');
  await refuses('Rejected.StateModifiedFailed', 409, () => kms('CancelKeyDeletion', { KeyId }));
  await kms('ScheduleKeyDeletion', { KeyId, PendingWindowInDays: 7 });
  // The first window ends; the second counts.
  world.advance(2 * DAY_MS);
  await world.settled();
  assert.equal((await describeKey(kms, KeyId)).KeyState, 'PendingDeletion');

  world.advance(5 * DAY_MS);
  // Whether its job has run already or not.
  await assert.rejects(kms('DescribeKey', { KeyId }), { code: 'Forbidden.KeyNotFound' });
  await world.settled();
  await refuses('Forbidden.KeyNotFound', 404, () => kms('DescribeKey', { KeyId }));
  const { read } = world.parts.database;
  assert.deepEqual(await read.selectFrom('kmsKeys').selectAll().where('id', '=', KeyId).execute(), []);
  assert.deepEqual(await read.selectFrom('tags').selectAll().where('resourceId', '=', KeyId).execute(), []);
  await refuses('Forbidden.AliasNotFound', 404, () => kms('DescribeKey', { KeyId: 'alias/doomed' }));
});

test('what a deleted key was is not in the records any more, though the service was down at its time', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'tongjing-test-'));
  try {
    let KeyId = '';
    let material = '';
    {
      await using one = await createWorld({ dataDir });
      const kms = kmsClient(one, one.operator);
      await createKey(kms);
      ({ KeyId } = await createKey(kms));
      await kms('ScheduleKeyDeletion', { KeyId, PendingWindowInDays: 7 });
      const { database } = one.parts;
      const rows = await database.read.selectFrom('kmsKeys').selectAll().where('id', '=', KeyId).execute();
      ({ material } = rows[0]!);
      // As if it had been asked for a week ago.
      await database.write(async (tx) => {
        await tx.updateTable('kmsKeys').set({ deletesAt: 1 }).where('id', '=', KeyId).execute();
        await tx.updateTable('jobs').set({ runAfter: 1 }).where('kind', '=', 'deleteKey').execute();
      });
    }
    assert.ok(readFileSync(join(dataDir, 'records.db')).includes(material));
    {
      await using two = await createWorld({ dataDir });
      await two.settled();
    }
    assert.ok(!readFileSync(join(dataDir, 'records.db')).includes(material));
  } finally {
    rmSync(dataDir, { recursive: true });
  }
});

test('keys that are not to be had are refused by name', async () => {
  const { kms } = await party();
  for (const parameters of [
    { KeySpec: 'RSA_2048' },
    { KeySpec: 'Aliyun_SM4' },
    { KeyUsage: 'SIGN/VERIFY' },
    { Origin: 'EXTERNAL' },
    { ProtectionLevel: 'HSM' },
  ]) {
    await refuses('Rejected.UnsupportedOperation', 400, () => kms('CreateKey', parameters));
  }
  await refuses('UnsupportedParameter', 400, () => kms('CreateKey', { DKMSInstanceId: 'kst-1' }));
  await refuses('UnsupportedOperation', 400, () => kms('GetKeyPolicy', { KeyId: 'x' }));
});

test('values that are no good', async () => {
  const { kms } = await party();
  const { KeyId, Arn } = await createKey(kms);
  await kms('CreateAlias', { KeyId, AliasName: 'alias/one' });
  const tooLong = 'x'.repeat(8193);
  const cases: [string, Record<string, string | number | boolean>][] = [
    ['CreateKey', { Description: tooLong }],
    ['CreateKey', { EnableAutomaticRotation: true }],
    ['CreateKey', { EnableAutomaticRotation: true, RotationInterval: '6d' }],
    ['CreateKey', { Tags: 'k=v' }],
    ['CreateKey', { Tags: '{}' }],
    ['CreateKey', { Tags: '[1]' }],
    ['ListKeys', { PageSize: 101 }],
    ['ListKeys', { Filters: '{' }],
    ['ListKeys', { Filters: '[{"Key":"Colour","Values":["red"]}]' }],
    ['UpdateKeyDescription', { KeyId, Description: tooLong }],
    ['UpdateRotationPolicy', { KeyId, EnableAutomaticRotation: true, RotationInterval: '731d' }],
    [
      'SetDeletionProtection',
      { ProtectedResourceArn: Arn, EnableDeletionProtection: true, DeletionProtectionDescription: tooLong },
    ],
    ['ScheduleKeyDeletion', { KeyId, PendingWindowInDays: 6 }],
    ['ScheduleKeyDeletion', { KeyId, PendingWindowInDays: 367 }],
    ['CreateAlias', { KeyId, AliasName: 'one' }],
    ['CreateAlias', { KeyId, AliasName: 'alias/acs/ecs' }],
    ['DeleteAlias', { AliasName: 'alias/acs/ecs' }],
  ];
  for (const [action, parameters] of cases) await refuses('InvalidParameter', 400, () => kms(action, parameters));
  await refuses('MissingKeyId', 400, () => kms('DescribeKey'));
  await refuses('MissingPendingWindowInDays', 400, () => kms('ScheduleKeyDeletion', { KeyId }));
});

test('aliases', async () => {
  const { accountId, kms } = await party();
  const { KeyId } = await createKey(kms);
  const other = await createKey(kms);
  await kms('CreateAlias', { KeyId, AliasName: 'alias/disks' });
  await kms('CreateAlias', { KeyId, AliasName: 'alias/images' });
  await refuses('AliasAlreadyExists', 400, () => kms('CreateAlias', { KeyId, AliasName: 'alias/disks' }));
  assert.equal((await describeKey(kms, 'alias/disks')).KeyId, KeyId);
  assert.equal((await describeKey(kms, `acs:kms:cn-hangzhou:${accountId}:alias/disks`)).KeyId, KeyId);
  await kms('UpdateAlias', { KeyId: other.KeyId, AliasName: 'alias/images' });
  const listed = async (action: string, parameters = {}) => {
    const { Aliases } = await kms(action, parameters);
    return (Aliases as { Alias: { AliasName: string; KeyId: string }[] }).Alias.map((each) => [
      each.AliasName,
      each.KeyId,
    ]);
  };
  assert.deepEqual(await listed('ListAliases'), [
    ['alias/disks', KeyId],
    ['alias/images', other.KeyId],
  ]);
  assert.deepEqual(await listed('ListAliasesByKeyId', { KeyId }), [['alias/disks', KeyId]]);
  await kms('ScheduleKeyDeletion', { KeyId: other.KeyId, PendingWindowInDays: 7 });
  await refuses('Rejected.PendingDeletion', 409, () =>
    kms('UpdateAlias', { KeyId: other.KeyId, AliasName: 'alias/disks' }),
  );
  // What changes a key wants the key itself.
  await refuses('Unsupported.Alias', 400, () => kms('DisableKey', { KeyId: 'alias/disks' }));
  await kms('DeleteAlias', { AliasName: 'alias/disks' });
  await refuses('Forbidden.AliasNotFound', 404, () => kms('DeleteAlias', { AliasName: 'alias/disks' }));
  await refuses('Forbidden.AliasNotFound', 404, () => kms('UpdateAlias', { KeyId, AliasName: 'alias/disks' }));
  await refuses('Forbidden.AliasNotFound', 404, () => kms('DescribeKey', { KeyId: 'alias/disks' }));
});

test('tags, in the older actions and the newer', async () => {
  const { kms } = await party();
  const { KeyId } = await createKey(kms);
  await kms('TagResource', { KeyId, Tags: '[{"TagKey":"a","TagValue":"1"},{"TagKey":"b"}]' });
  await kms('TagResources', { ResourceType: 'key', ResourceId: [KeyId], Tag: [{ Key: 'c', Value: '3' }] });
  const tags = async () => {
    const { Tags } = await kms('ListResourceTags', { KeyId });
    return (Tags as { Tag: { TagKey: string; TagValue: string }[] }).Tag.map((tag) => `${tag.TagKey}=${tag.TagValue}`);
  };
  assert.deepEqual(await tags(), ['a=1', 'b=', 'c=3']);
  const byTag = { ResourceType: 'key', Tag: [{ Key: 'c', Value: '3' }] };
  for (const parameters of [byTag, { ResourceType: 'key', ResourceId: [KeyId] }]) {
    const { TagResources } = await kms('ListTagResources', parameters);
    const found = (TagResources as { TagResource: { ResourceId: string; ResourceType: string }[] }).TagResource;
    assert.equal(found.length, 3);
    assert.ok(found.every((tag) => tag.ResourceId === KeyId && tag.ResourceType === 'key'));
  }
  await kms('UntagResource', { KeyId, TagKeys: '["a","none"]' });
  await kms('UntagResources', { ResourceType: 'key', ResourceId: [KeyId], TagKey: ['b'] });
  assert.deepEqual(await tags(), ['c=3']);
  await kms('UntagResources', { ResourceType: 'key', ResourceId: [KeyId], All: true });
  assert.deepEqual(await tags(), []);

  const of = { ResourceType: 'key', ResourceId: [KeyId] };
  const cases: [string, Record<string, string | string[] | object[]>][] = [
    ['TagResource', { KeyId, Tags: '{}' }],
    ['UntagResource', { KeyId, TagKeys: '[]' }],
    ['UntagResource', { KeyId, TagKeys: '[1]' }],
    ['TagResources', of],
    ['TagResources', { ...of, ResourceType: 'secret', Tag: [{ Key: 'k' }] }],
    ['TagResources', { ResourceType: 'key', Tag: [{ Key: 'k' }] }],
    ['UntagResources', of],
    ['ListTagResources', { ResourceType: 'key' }],
    ['ListTagResources', { ...of, ResourceId: Array.from({ length: 51 }, () => KeyId) }],
    ['ListTagResources', { ...of, NextToken: 'x' }],
  ];
  for (const [action, parameters] of cases) await refuses('InvalidParameter', 400, () => kms(action, parameters));
  await refuses('Forbidden.KeyNotFound', 404, () =>
    kms('TagResources', { ResourceType: 'key', ResourceId: [KeyId, 'none'], Tag: [{ Key: 'k' }] }),
  );
});

test('another account, and another region, knows nothing of a key', async () => {
  const { kms } = await party();
  const { KeyId, Arn } = await createKey(kms);
  await kms('CreateAlias', { KeyId, AliasName: 'alias/mine' });
  const bob = await party();
  const { CiphertextBlob } = await kms('Encrypt', { KeyId, Plaintext: 'aGVsbG8=' });
  for (const [action, parameters] of [
    ['DescribeKey', { KeyId }],
    ['DescribeKey', { KeyId: Arn }],
    ['EnableKey', { KeyId }],
    ['DisableKey', { KeyId }],
    ['ScheduleKeyDeletion', { KeyId, PendingWindowInDays: 7 }],
    ['CancelKeyDeletion', { KeyId }],
    ['UpdateKeyDescription', { KeyId, Description: '' }],
    ['UpdateRotationPolicy', { KeyId, EnableAutomaticRotation: false }],
    ['SetDeletionProtection', { ProtectedResourceArn: Arn, EnableDeletionProtection: true }],
    ['CreateAlias', { KeyId, AliasName: 'alias/theirs' }],
    ['ListAliasesByKeyId', { KeyId }],
    ['TagResource', { KeyId, Tags: '[]' }],
    ['UntagResource', { KeyId, TagKeys: '["k"]' }],
    ['ListResourceTags', { KeyId }],
    ['Encrypt', { KeyId, Plaintext: 'aGVsbG8=' }],
    ['GenerateDataKey', { KeyId }],
    ['GenerateDataKeyWithoutPlaintext', { KeyId }],
    ['Decrypt', { CiphertextBlob: CiphertextBlob }],
  ] as const) {
    await refuses('Forbidden.KeyNotFound', 404, () => bob.kms(action, parameters));
    await refuses('Forbidden.KeyNotFound', 404, () => kms(action, { ...parameters, RegionId: 'cn-beijing' }));
  }
  await refuses('Forbidden.AliasNotFound', 404, () => bob.kms('DescribeKey', { KeyId: 'alias/mine' }));
  const { TotalCount } = await bob.kms('ListKeys');
  assert.equal(TotalCount, 0);
});

test('the host names the region, else RegionId does, else it is the default one', async () => {
  const account = await world.account('regions');
  const beijing = kmsClient(world, account, 'cn-beijing');
  const key = await createKey(beijing, { RegionId: 'cn-shanghai' });
  assert.match(key.Arn, /^acs:kms:cn-beijing:/);
  const direct = kmsClient(world, account);
  assert.deepEqual(await describeKey(direct, key.KeyId).catch(({ code }) => code), 'Forbidden.KeyNotFound');
  const named = await direct('DescribeKey', { KeyId: key.KeyId, RegionId: 'cn-beijing' });
  assert.deepEqual(named.KeyMetadata, key);
  const lab = kmsClient(world, account, 'cn-beijing', 'lab:7272');
  assert.deepEqual(await describeKey(lab, key.KeyId), key);
  await refuses('InvalidRegionId.NotFound', 404, () => kmsClient(world, account, 'cn-nowhere')('ListKeys'));
  await refuses('InvalidRegionId.NotFound', 404, () => direct('ListKeys', { RegionId: 'cn-nowhere' }));
});

test('more keys than an account may have', async () => {
  const { accountId, kms } = await party();
  await world.parts.database.write((tx) =>
    tx.insertInto('accountQuotas').values({ accountId, name: 'kmsKeys', value: 1 }).execute(),
  );
  await createKey(kms);
  await refuses('Rejected.LimitExceeded', 400, () => kms('CreateKey'));
  await createKey(kms, { RegionId: 'cn-beijing' });
});

test('the root key: made with the first key, refused when it is not as it was, gone with a reset', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'tongjing-test-'));
  const path = join(dataDir, 'root.key');
  const refusal = async (code: string, words: RegExp) =>
    assert.rejects(createWorld({ dataDir }), (error: { code: string; message: string }) => {
      assert.equal(error.code, code);
      assert.match(error.message, words);
      return true;
    });
  try {
    {
      await using fresh = await createWorld({ dataDir });
      assert.ok(!existsSync(path));
      await createKey(kmsClient(fresh, fresh.operator));
    }
    assert.equal(statSync(path).mode & 0o777, 0o600);
    const root = readFileSync(path);
    assert.equal(root.length, 32);
    chmodSync(path, 0o640);
    await refusal('RootKeyInvalid', /mode 640/);
    chmodSync(path, 0o600);
    writeFileSync(path, root.subarray(1));
    await refusal('RootKeyInvalid', /31 bytes/);
    writeFileSync(path, Buffer.alloc(32));
    await refusal('RootKeyInvalid', /not what the keys are wrapped by/);
    rmSync(path);
    await refusal('RootKeyMissing', /backup/);
    writeFileSync(path, root, { mode: 0o600 });

    await using again = await createWorld({ dataDir });
    const kms = kmsClient(again, again.operator);
    const { Keys } = await kms('ListKeys');
    const [{ KeyId } = { KeyId: '' }] = Keys.Key;
    assert.ok(await kms('GenerateDataKey', { KeyId }));
    const reset = await fetch(`${again.endpoint}/_tongjing/reset`, {
      method: 'POST',
      headers: { authorization: `Bearer ${again.service.operatorToken}` },
    });
    assert.ok(reset.ok);
    assert.ok(!existsSync(path));
    await createKey(kms);
    assert.notDeepEqual(readFileSync(path), root);
  } finally {
    rmSync(dataDir, { recursive: true });
  }
});
