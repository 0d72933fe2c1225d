import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import { request } from 'node:http';
import { test } from 'node:test';
import * as s3 from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { until } from '../until.ts';
import { Bucket, clientOf, createObjectWorld, text } from './objectWorld.ts';

test('who signs wrongly, too late, or not at all', async () => {
  await using at = await createObjectWorld();
  const { world, alice, client, refuses } = at;
  const get = (from: s3.S3Client) => () => from.send(new s3.GetObjectCommand({ Bucket, Key: 'a' }));
  await refuses('SignatureDoesNotMatch', 403, get(clientOf(world, { ...alice, accessKeySecret: 'wrong' })));
  await refuses('InvalidAccessKeyId', 403, get(clientOf(world, { ...alice, accessKeyId: 'LTAInobody' })));
  await refuses('RequestTimeTooSkewed', 403, get(clientOf(world, alice, -16 * 60_000)));
  const anonymous = await text(`${world.endpoint}/${Bucket}/a`);
  assert.equal(anonymous.status, 403);
  assert.match(anonymous.body, /<Code>AccessDenied<\/Code>/);
  assert.equal((await text(`${world.endpoint}/${Bucket}/b`)).body.includes('NoSuchKey'), false, 'keys are not told');

  const url = await getSignedUrl(client, new s3.GetObjectCommand({ Bucket, Key: 'a' }), { expiresIn: 60 });
  assert.equal((await text(url)).body, 'content of a');
  for (const altered of [
    url.replace('/a?', '/b?'),
    url.replace('X-Amz-Expires=60', 'X-Amz-Expires=600'),
    `${url}&response-content-type=text/html`,
    url.replace(/X-Amz-Date=\d{8}/, 'X-Amz-Date=20200101'),
  ]) {
    assert.equal((await text(altered)).status, 403, altered);
  }
  // OSS: signed for a moment that is over.
  const expires = String(Math.floor(Date.now() / 1000) - 1);
  const sign = (expiry: string) =>
    createHmac('sha1', alice.accessKeySecret).update(`GET\n\n\n${expiry}\n/${Bucket}/a`).digest('base64');
  const ossUrl = (expiry: string) =>
    `${world.endpoint}/${Bucket}/a?OSSAccessKeyId=${alice.accessKeyId}&Expires=${expiry}&Signature=${encodeURIComponent(sign(expiry))}`;
  const late = await text(ossUrl(expires));
  assert.deepEqual([late.status, /AccessDenied/.test(late.body)], [403, true]);
  assert.equal((await text(ossUrl(String(Number(expires) + 60)))).body, 'content of a');
});

test('what is not there, and what is somebody else’s', async () => {
  await using at = await createObjectWorld();
  const { world, bob, client, refuses } = at;
  const other = clientOf(world, bob);
  await refuses('NoSuchKey', 404, () => client.send(new s3.GetObjectCommand({ Bucket, Key: 'b' })));
  await refuses('NoSuchBucket', 404, () => client.send(new s3.GetObjectCommand({ Bucket: 'nowhere', Key: 'b' })));
  const upload = { Bucket, Key: 'a', UploadId: 'none' };
  await refuses('NoSuchUpload', 404, () =>
    client.send(new s3.UploadPartCommand({ ...upload, PartNumber: 1, Body: 'x' })),
  );
  await refuses('NoSuchUpload', 404, () => client.send(new s3.AbortMultipartUploadCommand(upload)));
  for (const Key of ['a', 'b']) {
    await refuses('AccessDenied', 403, () => other.send(new s3.GetObjectCommand({ Bucket, Key })));
    await refuses('AccessDenied', 403, () => other.send(new s3.DeleteObjectCommand({ Bucket, Key })));
  }
  await refuses('AccessDenied', 403, () => other.send(new s3.PutObjectCommand({ Bucket, Key: 'mine', Body: 'x' })));
  await refuses('AccessDenied', 403, () => other.send(new s3.ListObjectsV2Command({ Bucket })));
  await refuses('AccessDenied', 403, () => other.send(new s3.DeleteBucketCommand({ Bucket })));
  await refuses('BucketAlreadyExists', 409, () => other.send(new s3.CreateBucketCommand({ Bucket })));
  await refuses('BucketNotEmpty', 409, () => client.send(new s3.DeleteBucketCommand({ Bucket })));
  await refuses('InvalidBucketName', 400, () => client.send(new s3.CreateBucketCommand({ Bucket: 'Under_score' })));
  assert.deepEqual((await other.send(new s3.ListBucketsCommand({}))).Buckets ?? [], []);
});

test('ACLs and policies open a bucket, and a Deny shuts it', async () => {
  await using at = await createObjectWorld();
  const { world, bob, client, refuses } = at;
  const other = clientOf(world, bob);
  const url = `${world.endpoint}/${Bucket}/a`;
  await client.send(new s3.PutBucketAclCommand({ Bucket, ACL: 'public-read' }));
  assert.equal((await text(url)).body, 'content of a');
  assert.equal((await text(url, { method: 'PUT', body: 'mine' })).status, 403);
  await client.send(new s3.PutObjectAclCommand({ Bucket, Key: 'a', ACL: 'private' }));
  assert.equal((await text(url)).status, 403);
  const statement = (Effect: string, Action: string) => ({
    Effect,
    Principal: [bob.accountId],
    Action: [Action],
    Resource: [`acs:oss:*:*:${Bucket}/*`],
  });
  const put = (Statement: unknown) =>
    client.send(new s3.PutBucketPolicyCommand({ Bucket, Policy: JSON.stringify({ Version: '1', Statement }) }));
  await put([statement('Allow', 'oss:GetObject')]);
  const got = await other.send(new s3.GetObjectCommand({ Bucket, Key: 'a' }));
  assert.equal(await got.Body!.transformToString(), 'content of a');
  await put([statement('Allow', 'oss:*'), statement('Deny', 'oss:GetObj*')]);
  await refuses('AccessDenied', 403, () => other.send(new s3.GetObjectCommand({ Bucket, Key: 'a' })));
  await other.send(new s3.PutObjectCommand({ Bucket, Key: 'b', Body: 'x' }));
  await refuses('InvalidArgument', 400, () => put([{ Effect: 'Maybe' }]));
});

test('bodies that are not what they are said to be leave nothing', async () => {
  await using at = await createObjectWorld();
  const { world, client, refuses, blobs } = at;
  const put = (more: object) => () =>
    client.send(new s3.PutObjectCommand({ Bucket, Key: 'b', Body: 'content', ...more }));
  const wrong = createHash('md5').update('other').digest('base64');
  await refuses('BadDigest', 400, put({ ContentMD5: wrong }));
  await refuses('BadDigest', 400, put({ ChecksumCRC32: 'AAAAAA==' }));
  await refuses('InvalidDigest', 400, put({ ContentMD5: 'short' }));
  // A client that goes away in the middle.
  const url = new URL(await getSignedUrl(client, new s3.PutObjectCommand({ Bucket, Key: 'b' }), { expiresIn: 60 }));
  const before = blobs();
  await new Promise<void>((resolve) => {
    const sending = request(url, { method: 'PUT', headers: { 'content-length': 1_000_000 } });
    sending.on('error', () => resolve());
    sending.write(Buffer.alloc(100_000), () => setImmediate(() => sending.destroy()));
    sending.on('close', () => resolve());
  });
  await until(() => blobs().length === before.length);
  assert.deepEqual(blobs(), before);
  assert.equal((await text(`${world.endpoint}/${Bucket}/..%2Fa`)).status, 403);
  for (const Key of ['../../escape', 'a//b', 'line\nbreak', '键/ключ', 'x'.repeat(1023)]) {
    await client.send(new s3.PutObjectCommand({ Bucket, Key, Body: Key }));
    const got = await client.send(new s3.GetObjectCommand({ Bucket, Key }));
    assert.equal(await got.Body!.transformToString(), Key);
  }
  await refuses('KeyTooLongError', 400, () =>
    client.send(new s3.PutObjectCommand({ Bucket, Key: 'x'.repeat(1025), Body: '' })),
  );
});

test('parts: their order, their tags, their size; what is not used is freed', async () => {
  await using at = await createObjectWorld();
  const { client, refuses, blobs } = at;
  const Key = 'big';
  const before = blobs().length;
  const { UploadId } = await client.send(new s3.CreateMultipartUploadCommand({ Bucket, Key }));
  const part = async (PartNumber: number, size: number) => {
    const Body = Buffer.alloc(size, PartNumber);
    const { ETag } = await client.send(new s3.UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body }));
    return { PartNumber, ETag };
  };
  const [one, two, small] = [await part(1, 200_000), await part(2, 300_000), await part(3, 10)];
  await part(4, 1000);
  const complete = (Parts: s3.CompletedPart[]) => () =>
    client.send(new s3.CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts } }));
  await refuses('InvalidPartOrder', 400, complete([two, one]));
  await refuses('InvalidPart', 400, complete([one, { ...two, ETag: one.ETag }]));
  await refuses('InvalidPart', 400, complete([one, { PartNumber: 9, ETag: one.ETag }]));
  await refuses(
    'EntityTooSmall',
    400,
    complete([one, small, { ...two, PartNumber: 4, ETag: (await part(4, 1000)).ETag }]),
  );
  await complete([one, two, small])();
  assert.equal(blobs().length, before + 3, 'the unused part is gone');
  const { ContentLength } = await client.send(new s3.HeadObjectCommand({ Bucket, Key }));
  assert.equal(ContentLength, 500_010);
  await client.send(new s3.DeleteObjectCommand({ Bucket, Key }));
  assert.equal(blobs().length, before);
});

test('conditions, ranges, and an object that is replaced while it is read', async () => {
  await using at = await createObjectWorld();
  const { world, client, refuses } = at;
  const { ETag } = await client.send(new s3.HeadObjectCommand({ Bucket, Key: 'a' }));
  const get = (more: object) => client.send(new s3.GetObjectCommand({ Bucket, Key: 'a', ...more }));
  await refuses('PreconditionFailed', 412, () => get({ IfMatch: '"other"' }));
  await refuses('304', 304, () =>
    get({ IfNoneMatch: ETag }).catch((error: Error & { $metadata: object }) => {
      throw Object.assign(error, { name: '304' });
    }),
  );
  await refuses('InvalidRange', 416, () => get({ Range: 'bytes=100-' }));
  const ranges = { 'bytes=0-6': 'content', 'bytes=-1': 'a', 'bytes=8-': 'of a', 'bytes=5-2': 'content of a' };
  for (const [Range, wanted] of Object.entries(ranges)) {
    assert.equal(await (await get({ Range })).Body!.transformToString(), wanted, Range);
  }
  await refuses('PreconditionFailed', 412, () =>
    client.send(new s3.PutObjectCommand({ Bucket, Key: 'a', Body: 'new', IfNoneMatch: '*' })),
  );
  const large = Buffer.alloc(20 * 1024 * 1024, 'old ');
  await client.send(new s3.PutObjectCommand({ Bucket, Key: 'large', Body: large }));
  const reading = await client.send(new s3.GetObjectCommand({ Bucket, Key: 'large' }));
  await client.send(new s3.PutObjectCommand({ Bucket, Key: 'large', Body: 'new' }));
  assert.ok(Buffer.from(await reading.Body!.transformToByteArray()).equals(large));
  await until(() => at.blobs().length === 2);
  assert.equal((await world.parts.database.read.selectFrom('contentParts').selectAll().execute()).length, 2);
});

test('lists are walked in pages, by prefix and delimiter', async () => {
  await using at = await createObjectWorld();
  const { world, client } = at;
  const names = Array.from({ length: 2500 }, (_, index) => `d${index % 7}/k${String(index).padStart(4, '0')}`);
  const [row] = await world.parts.database.read.selectFrom('objects').selectAll().execute();
  await world.parts.database.write(async (tx) => {
    for (const key of names)
      await tx
        .insertInto('objects')
        .values({ ...row!, key })
        .execute();
  });
  const all = [...names, 'a'].sort();
  const v2: string[] = [];
  for (let token: string | undefined; ;) {
    const page = await client.send(new s3.ListObjectsV2Command({ Bucket, MaxKeys: 700, ContinuationToken: token }));
    v2.push(...page.Contents!.map(({ Key }) => Key!));
    token = page.NextContinuationToken;
    assert.equal(page.IsTruncated, token !== undefined);
    if (!token) break;
  }
  assert.deepEqual(v2, all);
  const prefixes: string[] = [];
  for (let Marker: string | undefined; ;) {
    const page = await client.send(new s3.ListObjectsCommand({ Bucket, Delimiter: '/', MaxKeys: 3, Marker }));
    prefixes.push(
      ...(page.Contents ?? []).map(({ Key }) => Key!),
      ...(page.CommonPrefixes ?? []).map(({ Prefix }) => Prefix!),
    );
    Marker = page.NextMarker;
    if (!page.IsTruncated) break;
  }
  assert.deepEqual(prefixes, ['a', ...Array.from({ length: 7 }, (_, index) => `d${index}/`)]);
  const { KeyCount } = await client.send(new s3.ListObjectsV2Command({ Bucket, Prefix: 'd3/', MaxKeys: 1000 }));
  assert.equal(KeyCount, names.filter((name) => name.startsWith('d3/')).length);
});

test('lifecycle rules are followed by the clock; CORS answers browsers', async () => {
  await using at = await createObjectWorld();
  const { world, client, blobs } = at;
  await client.send(
    new s3.PutBucketCorsCommand({
      Bucket,
      CORSConfiguration: { CORSRules: [{ AllowedOrigins: ['https://*.example.com'], AllowedMethods: ['GET'] }] },
    }),
  );
  const preflight = (origin: string) =>
    text(`${world.endpoint}/${Bucket}/a`, {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': 'GET' },
    });
  assert.equal(
    (await preflight('https://www.example.com')).headers.get('access-control-allow-origin'),
    'https://www.example.com',
  );
  assert.equal((await preflight('https://example.org')).status, 403);

  const Rules = [{ ID: 'old', Status: 'Enabled' as const, Filter: { Prefix: '' }, Expiration: { Days: 2 } }];
  await client.send(new s3.PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration: { Rules } }));
  world.advance(47 * 3600_000);
  assert.equal(blobs().length, 1);
  await until(() => {
    world.advance(3600_000);
    return blobs().length === 0;
  });
  assert.deepEqual(await world.parts.database.read.selectFrom('objects').selectAll().execute(), []);
});
