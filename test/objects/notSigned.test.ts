import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import { test } from 'node:test';
import * as s3 from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { Bucket, clientOf, createObjectWorld, text } from './objectWorld.ts';
import { ossOf, presigned, refuses, signed } from './rawRequests.ts';

/** Who holds something of the owner's (a presigned URL, a right to some keys) and wants more than that. */

const SOURCE = `/${Bucket}/a`;

test('a presigned URL is good for nothing that its signer did not ask for', async () => {
  await using at = await createObjectWorld();
  const { client } = at;
  const Key = 'drop-box';
  const { UploadId } = await client.send(new s3.CreateMultipartUploadCommand({ Bucket, Key }));
  const part = await getSignedUrl(client, new s3.UploadPartCommand({ Bucket, Key, UploadId, PartNumber: 1 }));
  const put = (url: string, headers: Record<string, string>) => () => text(url, { method: 'PUT', headers, body: '' });
  for (const url of [await presigned['S3']!(at, 'PUT', Key), part]) {
    for (const [name, value] of Object.entries({
      'copy-source': SOURCE,
      acl: 'public-read',
      tagging: 'a=b',
      'meta-a': 'b',
    })) {
      await refuses(at, [403, 'AccessDenied'], put(url, { [`x-amz-${name}`]: value }));
    }
  }
  // Headers of the other vendor's, which another signature would cover.
  for (const kind of ['OSS V1', 'OSS V4']) {
    const url = await presigned[kind]!(at, 'PUT', Key);
    await refuses(at, [403, 'SignatureDoesNotMatch'], put(url, { 'x-oss-copy-source': SOURCE }));
    for (const authorization of [
      'AWS me:signature',
      'AWS4-HMAC-SHA256 Credential=me',
      'OSS me:signature',
      'Basic me',
    ]) {
      const asked = put(url, { authorization, 'x-amz-copy-source': SOURCE, 'x-amz-acl': 'public-read' });
      const before = at.blobs();
      const { status } = await asked();
      // Where that header changes nothing, it is the upload that was signed, and no copy.
      assert.ok(status >= 400 || authorization.startsWith('Basic'), `${kind}, ${authorization}: ${status}`);
      if (status >= 400) assert.deepEqual(at.blobs(), before);
      else assert.equal((await ossOf(at).get(Key)).content.length, 0);
      const { Grants = [] } = await client.send(new s3.GetObjectAclCommand({ Bucket, Key: 'a' }));
      assert.equal(Grants.length, 1);
    }
  }
  assert.equal((await text(await presigned['S3']!(at, 'PUT', Key), { method: 'PUT', body: 'mine' })).status, 200);
});

test('a signature that leaves the host out is none: the host may name the bucket', async () => {
  await using at = await createObjectWorld();
  const { world, alice } = at;
  const { host } = new URL(world.endpoint);
  const date = `${new Date().toISOString().replaceAll(/[-:]|\.\d+/g, '')}`;
  const scope = `${date.slice(0, 8)}/cn-hangzhou/s3/aws4_request`;
  const sign = (names: string) => {
    const canonical = `GET\n/${Bucket}/a\n\n${names === '' ? '' : `host:${host}\n`}\n${names}\nUNSIGNED-PAYLOAD`;
    const toSign = ['AWS4-HMAC-SHA256', date, scope, createHash('sha256').update(canonical).digest('hex')].join('\n');
    const key = scope
      .split('/')
      .reduce<Buffer>(
        (last, link) => createHmac('sha256', last).update(link).digest(),
        Buffer.from(`AWS4${alice.accessKeySecret}`),
      );
    const signature = createHmac('sha256', key).update(toSign).digest('hex');
    const authorization = `AWS4-HMAC-SHA256 Credential=${alice.accessKeyId}/${scope}, SignedHeaders=${names}, Signature=${signature}`;
    return () => text(`${world.endpoint}/${Bucket}/a`, { headers: { authorization, 'x-amz-date': date } });
  };
  assert.equal((await sign('host')()).body, 'content of a');
  await refuses(at, [403, 'AccessDenied'], sign(''));
});

test('what a policy denies for some keys it denies in a list of them, too', async () => {
  await using at = await createObjectWorld();
  const { world, bob, client } = at;
  for (const Key of ['kept/a', 'kept/b', 'free/a', 'free/b']) {
    await client.send(new s3.PutObjectCommand({ Bucket, Key, Body: Key }));
  }
  const statement = (Effect: string, ...Resource: string[]) => ({
    Effect,
    Principal: [bob.accountId],
    Action: ['oss:DeleteObject'],
    Resource: Resource.map((path) => `acs:oss:*:*:${path}`),
  });
  const put = (...Statement: object[]) =>
    client.send(new s3.PutBucketPolicyCommand({ Bucket, Policy: JSON.stringify({ Version: '1', Statement }) }));
  const drop = (...keys: string[]) =>
    clientOf(world, bob).send(
      new s3.DeleteObjectsCommand({ Bucket, Delete: { Objects: keys.map((Key) => ({ Key })) } }),
    );
  await put(statement('Allow', Bucket, `${Bucket}/*`), statement('Deny', `${Bucket}/kept/*`));
  await at.refuses('AccessDenied', 403, () => drop('kept/a', 'kept/b'));
  const bobs = ossOf({ ...at, alice: bob });
  await assert.rejects(bobs.deleteMulti(['free/a', 'kept/a']), { code: 'AccessDenied' });
  const mixed = await drop('free/a', 'kept/a');
  assert.deepEqual(mixed.Deleted, [{ Key: 'free/a' }]);
  assert.partialDeepStrictEqual(mixed.Errors, [{ Key: 'kept/a', Code: 'AccessDenied' }]);
  // The other way: some keys alone.
  await put(statement('Allow', `${Bucket}/free/*`));
  assert.deepEqual((await drop('free/b')).Deleted, [{ Key: 'free/b' }]);
  await at.refuses('AccessDenied', 403, () => drop('kept/a'));
  const { Contents = [] } = await client.send(new s3.ListObjectsV2Command({ Bucket }));
  assert.deepEqual(
    Contents.map(({ Key }) => Key),
    ['a', 'kept/a', 'kept/b'],
  );
});

test('who may write objects may not open them to others', async () => {
  await using at = await createObjectWorld();
  const { world, bob, client } = at;
  const other = clientOf(world, bob);
  const allow = (...Action: string[]) => {
    const Statement = [{ Effect: 'Allow', Principal: [bob.accountId], Action, Resource: [`acs:oss:*:*:${Bucket}/*`] }];
    return client.send(new s3.PutBucketPolicyCommand({ Bucket, Policy: JSON.stringify({ Version: '1', Statement }) }));
  };
  const Key = 'of-bob';
  const open = { Bucket, Key, ACL: 'public-read' } as const;
  const calls = [
    () => other.send(new s3.PutObjectCommand({ ...open, Body: 'x' })),
    () => other.send(new s3.CopyObjectCommand({ ...open, CopySource: `${Bucket}/a` })),
    () => other.send(new s3.CreateMultipartUploadCommand(open)),
  ];
  await allow('oss:PutObject', 'oss:GetObject');
  for (const call of calls) await at.refuses('AccessDenied', 403, call);
  await other.send(new s3.PutObjectCommand({ Bucket, Key, Body: 'x' }));
  await client.send(new s3.PutBucketAclCommand({ Bucket, ACL: 'public-read-write' }));
  await refuses(at, [403, 'AccessDenied'], () =>
    text(`${world.endpoint}/${Bucket}/new`, { method: 'PUT', headers: { 'x-oss-object-acl': 'private' }, body: 'x' }),
  );
  await allow('oss:PutObject', 'oss:GetObject', 'oss:PutObjectAcl');
  for (const call of calls) await call();
});

test('what is compared with every request is short', async () => {
  await using at = await createObjectWorld();
  const { client } = at;
  const statement = { Effect: 'Allow', Principal: ['1'], Action: ['oss:*'], Resource: ['*a'.repeat(11_000)] };
  const Policy = JSON.stringify({ Version: '1', Statement: [statement] });
  await at.refuses('InvalidArgument', 400, () => client.send(new s3.PutBucketPolicyCommand({ Bucket, Policy })));
  const cors = (rule: Partial<s3.CORSRule>) => () =>
    client.send(
      new s3.PutBucketCorsCommand({
        Bucket,
        CORSConfiguration: { CORSRules: [{ AllowedOrigins: ['*'], AllowedMethods: ['GET'], ...rule }] },
      }),
    );
  for (const rule of [
    { AllowedOrigins: ['*a*'] },
    { AllowedOrigins: ['a'.repeat(1025)] },
    { AllowedHeaders: ['x-*-*'] },
    { ExposeHeaders: ['a\r\nb: c'] },
    { AllowedOrigins: Array.from({ length: 100 }, () => 'a'.repeat(1000)) },
  ]) {
    await at.refuses('MalformedXML', 400, cors(rule));
  }
  await cors({ AllowedHeaders: ['x-*'], ExposeHeaders: ['ETag'] })();
});

test('XML that nests, or brings entities of its own', async () => {
  await using at = await createObjectWorld();
  const bodies = [
    `<Tagging>${'<a>'.repeat(100_000)}${'</a>'.repeat(100_000)}</Tagging>`,
    '<a>'.repeat(100_000),
    '<Tagging>',
    '<!DOCTYPE a [<!ENTITY a "b">]><Tagging>&a;</Tagging>',
  ];
  for (const body of bodies) {
    const url = signed(at, 'PUT', '', 'tagging');
    await refuses(at, [400, 'MalformedXML'], () => text(url, { method: 'PUT', body: Buffer.from(body) }));
  }
});

test('a wrong signature costs little, whatever comes with it', async () => {
  await using at = await createObjectWorld();
  const { client } = at;
  for (let more = 0; more < 99; more++) await client.send(new s3.CreateBucketCommand({ Bucket: `bucket-${more}` }));
  const url = (await presigned['OSS V4']!(at, 'GET', 'a')).replace(/signature=\w/, 'signature=x');
  const many = Array.from({ length: 4000 }, (_, number) => `&parameter-${number}=${'v'.repeat(20)}`).join('');
  const startedAt = process.cpuUsage();
  const { status, body } = await text(`${url}${many}`);
  assert.deepEqual([status, body.includes('SignatureDoesNotMatch')], [403, true]);
  const { user } = process.cpuUsage(startedAt);
  assert.ok(user < 2e5, `${user} µs of processor time`);
});
