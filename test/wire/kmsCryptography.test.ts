import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, test } from 'node:test';
import { createWorld } from '../world.ts';
import { createKey, kmsClient, refusesKms } from './kmsClient.ts';

const world = await createWorld();
after(() => world[Symbol.asyncDispose]());
const kms = kmsClient(world, world.operator);
const refuses = (code: string, status: number, call: () => Promise<unknown>) => refusesKms(world, code, status, call);

const plaintext = Buffer.from('a password').toString('base64');

test('what is encrypted is decrypted, by whatever name of the key', async () => {
  const { KeyId } = await createKey(kms);
  await kms('CreateAlias', { KeyId, AliasName: 'alias/app' });
  for (const name of [KeyId, 'alias/app']) {
    const sealed = await kms('Encrypt', { KeyId: name, Plaintext: plaintext });
    assert.equal(sealed.KeyId, KeyId);
    const { CiphertextBlob } = sealed;
    assert.ok(!Buffer.from(CiphertextBlob, 'base64').includes('a password'));
    const opened = await kms('Decrypt', { CiphertextBlob: CiphertextBlob });
    assert.deepEqual([opened.KeyId, opened.Plaintext, opened.KeyVersionId], [KeyId, plaintext, sealed.KeyVersionId]);
  }
});

test('a context must be the same, in whatever order', async () => {
  const { KeyId } = await createKey(kms);
  const { CiphertextBlob } = await kms('Encrypt', {
    KeyId,
    Plaintext: plaintext,
    EncryptionContext: '{"a":"1","b":"2"}',
  });
  const open = (context?: string) =>
    kms('Decrypt', { CiphertextBlob: CiphertextBlob, ...(context && { EncryptionContext: context }) });
  assert.equal((await open('{"b":"2","a":"1"}')).Plaintext, plaintext);
  for (const context of [undefined, '{"a":"1"}', '{"a":"1","b":"3"}', '[]', '{"a":1}', 'a=1'])
    await refuses('InvalidParameter', 400, () => open(context));
});

test('data keys', async () => {
  const { KeyId } = await createKey(kms);
  for (const [parameters, size] of [
    [{}, 32],
    [{ KeySpec: 'AES_128' }, 16],
    [{ NumberOfBytes: 1024 }, 1024],
  ] as const) {
    const made = await kms('GenerateDataKey', { KeyId, ...parameters });
    assert.equal(Buffer.from(made.Plaintext, 'base64').length, size);
    assert.equal((await kms('Decrypt', { CiphertextBlob: made.CiphertextBlob })).Plaintext, made.Plaintext);
  }
  const hidden = await kms('GenerateDataKeyWithoutPlaintext', { KeyId });
  assert.equal(hidden.Plaintext, undefined);
  const { Plaintext } = await kms('Decrypt', { CiphertextBlob: hidden.CiphertextBlob });
  assert.equal(Buffer.from(Plaintext!, 'base64').length, 32);
  for (const parameters of [
    { KeySpec: 'AES_512' },
    { KeySpec: 'constructor' },
    { NumberOfBytes: 0 },
    { NumberOfBytes: 1025 },
  ])
    await refuses('InvalidParameter', 400, () => kms('GenerateDataKey', { KeyId, ...parameters }));
});

test('what is no text, and no ciphertext', async () => {
  const { KeyId } = await createKey(kms);
  const encrypt = (Plaintext: string) => kms('Encrypt', { KeyId, Plaintext });
  await refuses('InvalidParameter', 400, () => encrypt('not base64!'));
  await refuses('InvalidParameter', 400, () => encrypt(randomBytes(6145).toString('base64')));
  assert.ok(await encrypt(randomBytes(6144).toString('base64')));

  const blob = Buffer.from((await encrypt(plaintext)).CiphertextBlob, 'base64');
  const decrypt = (bytes: Buffer) => kms('Decrypt', { CiphertextBlob: bytes.toString('base64') });
  const changed = Buffer.from(blob);
  changed[blob.length - 1]! ^= 1;
  const otherForm = Buffer.from(blob);
  otherForm[0] = 2;
  for (const bytes of [changed, otherForm, blob.subarray(0, 40), blob.subarray(0, 37), Buffer.of(1)])
    await refuses('InvalidParameter', 400, () => decrypt(bytes));
  const unknown = Buffer.from(blob);
  unknown.write('00000000', 1);
  await refuses('Forbidden.KeyNotFound', 404, () => decrypt(unknown));
});

test('only an enabled key encrypts and decrypts', async () => {
  const { KeyId } = await createKey(kms);
  const { CiphertextBlob } = await kms('Encrypt', { KeyId, Plaintext: plaintext });
  const uses = [
    () => kms('Encrypt', { KeyId, Plaintext: plaintext }),
    () => kms('Decrypt', { CiphertextBlob: CiphertextBlob }),
    () => kms('GenerateDataKey', { KeyId }),
    () => kms('GenerateDataKeyWithoutPlaintext', { KeyId }),
  ];
  await kms('DisableKey', { KeyId });
  for (const use of uses) await refuses('Rejected.Disabled', 409, use);
  await kms('ScheduleKeyDeletion', { KeyId, PendingWindowInDays: 7 });
  for (const use of uses) await refuses('Rejected.PendingDeletion', 409, use);
  await kms('CancelKeyDeletion', { KeyId });
  for (const use of uses) assert.ok(await use());
});
