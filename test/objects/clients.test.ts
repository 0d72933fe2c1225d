import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import * as s3 from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import OSS from 'ali-oss';
import { createWorld, type Account, type World } from '../world.ts';

/** The clients that people have, unmodified, over one store. */

const MIB = 1024 ** 2;
const digest = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

function s3Client(world: World, { accessKeyId, accessKeySecret }: Account): s3.S3Client {
  return new s3.S3Client({
    endpoint: world.endpoint,
    region: 'cn-hangzhou',
    forcePathStyle: true,
    credentials: { accessKeyId, secretAccessKey: accessKeySecret },
  });
}

function ossClient(world: World, { accessKeyId, accessKeySecret }: Account, more: Partial<OSS.Options> = {}): OSS {
  return new OSS({
    // With an address ali-oss puts the bucket into the Host header, whatever the style.
    endpoint: Object.keys(more).some((key) => key === 'sldEnable' || key === 'cname')
      ? world.endpoint.replace('127.0.0.1', 'localhost')
      : world.endpoint,
    region: 'oss-cn-hangzhou',
    accessKeyId,
    accessKeySecret,
    secure: false,
    ...more,
  });
}

function scratch(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'tongjing-objects-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

const oss: Record<string, Partial<OSS.Options>> = {
  'V1, host style': {},
  'V4, host style': { authorizationV4: true } as Partial<OSS.Options>,
  'V1, path style': { sldEnable: true } as Partial<OSS.Options>,
  'V4, path style': { sldEnable: true, authorizationV4: true } as Partial<OSS.Options>,
  'V1, CNAME': { cname: true },
  'V4, CNAME': { cname: true, authorizationV4: true } as Partial<OSS.Options>,
};

for (const [name, options] of Object.entries(oss)) {
  test(`ali-oss (${name}): an object's whole life`, async (t) => {
    await using world = await createWorld();
    const plain = ossClient(world, world.operator);
    await plain.putBucket('pictures');
    const client = ossClient(world, world.operator, { ...options, bucket: 'pictures' });
    const key = 'dir/a b+ü.txt';
    const content = randomBytes(300_000);
    await client.put(key, content, { meta: { colour: 'red' } as never, mime: 'text/plain' });
    const got = await client.get(key);
    assert.equal(digest(got.content as Buffer), digest(content));
    const part = await client.get(key, undefined, { headers: { Range: 'bytes=10-19' } } as never);
    assert.deepEqual(part.content, content.subarray(10, 20));
    const head = await client.head(key);
    assert.equal((head.meta as Record<string, string>)['colour'], 'red');
    await client.copy('copy', key);
    const listed = await client.listV2({ prefix: 'dir/', 'max-keys': '10' } as never, {});
    assert.deepEqual(
      listed.objects.map((object) => object.name),
      [key],
    );
    // A multipart upload of three parts.
    const file = join(scratch(t), 'big');
    const big = randomBytes(2.5 * MIB);
    writeFileSync(file, big);
    await client.multipartUpload('big', file, { partSize: MIB, parallel: 3 });
    assert.equal(digest((await client.get('big')).content as Buffer), digest(big));
    const back = join(scratch(t), 'back');
    await client.get('big', back);
    assert.equal(digest(readFileSync(back)), digest(big));
    if (!name.includes('host')) {
      const isV4 = name.startsWith('V4');
      const url = isV4 ? await client.signatureUrlV4('GET', 60, {}, key) : client.signatureUrl(key);
      assert.equal(digest(Buffer.from(await (await fetch(url)).arrayBuffer())), digest(content));
      assert.equal((await fetch(url.replace(/a%20b/, 'a%20c'))).status, 403);
    }
    const deleted = await client.deleteMulti([key, 'copy', 'big']);
    assert.equal(deleted.deleted!.length, 3);
    assert.equal((await client.listV2({} as never, {})).objects?.length ?? 0, 0);
    await assert.rejects(client.get(key), { code: 'NoSuchKey', status: 404 });
  });
}

test('the S3 SDK: an object’s whole life', async () => {
  await using world = await createWorld();
  const client = s3Client(world, world.operator);
  const Bucket = 'pictures';
  await client.send(new s3.CreateBucketCommand({ Bucket }));
  const { Buckets } = await client.send(new s3.ListBucketsCommand({}));
  assert.deepEqual(
    Buckets!.map(({ Name }) => Name),
    [Bucket],
  );
  const Key = 'dir/a b+ü.txt';
  const content = randomBytes(300_000);
  await client.send(
    new s3.PutObjectCommand({ Bucket, Key, Body: content, Metadata: { colour: 'red' }, Tagging: 'a=1&b=2' }),
  );
  const got = await client.send(new s3.GetObjectCommand({ Bucket, Key }));
  assert.equal(digest(await got.Body!.transformToByteArray()), digest(content));
  assert.equal(got.Metadata!['colour'], 'red');
  assert.equal(got.ETag, `"${createHash('md5').update(content).digest('hex')}"`);
  const range = await client.send(new s3.GetObjectCommand({ Bucket, Key, Range: 'bytes=-5' }));
  assert.deepEqual(Buffer.from(await range.Body!.transformToByteArray()), content.subarray(-5));
  // A stream goes in chunks, with its checksum behind it.
  const { Readable } = await import('node:stream');
  await client.send(
    new s3.PutObjectCommand({
      Bucket,
      Key: 'streamed',
      Body: Readable.from([content]),
      ContentLength: content.length,
      ChecksumAlgorithm: 'SHA256',
    }),
  );
  await client.send(new s3.CopyObjectCommand({ Bucket, Key: 'copy', CopySource: encodeURI(`${Bucket}/${Key}`) }));
  const { UploadId } = await client.send(new s3.CreateMultipartUploadCommand({ Bucket, Key: 'big' }));
  const parts = [randomBytes(5 * MIB), randomBytes(1000)];
  const Parts = await Promise.all(
    parts.map(async (Body, index) => {
      const PartNumber = index + 1;
      const { ETag } = await client.send(new s3.UploadPartCommand({ Bucket, Key: 'big', UploadId, PartNumber, Body }));
      return { ETag: ETag!, PartNumber };
    }),
  );
  const { Parts: listedParts } = await client.send(new s3.ListPartsCommand({ Bucket, Key: 'big', UploadId }));
  assert.deepEqual(
    listedParts!.map(({ Size }) => Size),
    [5 * MIB, 1000],
  );
  await client.send(
    new s3.CompleteMultipartUploadCommand({ Bucket, Key: 'big', UploadId, MultipartUpload: { Parts } }),
  );
  const big = await client.send(new s3.GetObjectCommand({ Bucket, Key: 'big' }));
  assert.equal(digest(await big.Body!.transformToByteArray()), digest(Buffer.concat(parts)));
  const url = await getSignedUrl(client, new s3.GetObjectCommand({ Bucket, Key }), { expiresIn: 60 });
  assert.equal(digest(Buffer.from(await (await fetch(url)).arrayBuffer())), digest(content));
  assert.equal((await fetch(url.replace('colour', 'x').replace('X-Amz-Expires=60', 'X-Amz-Expires=61'))).status, 403);
  const v1 = await client.send(new s3.ListObjectsCommand({ Bucket, Delimiter: '/' }));
  assert.deepEqual(
    v1.Contents!.map((object) => object.Key),
    ['big', 'copy', 'streamed'],
  );
  assert.deepEqual(
    v1.CommonPrefixes!.map(({ Prefix }) => Prefix),
    ['dir/'],
  );
  const { Deleted } = await client.send(
    new s3.DeleteObjectsCommand({
      Bucket,
      Delete: { Objects: ['big', 'copy', 'streamed', Key].map((each) => ({ Key: each })) },
    }),
  );
  assert.equal(Deleted!.length, 4);
  await client.send(new s3.DeleteBucketCommand({ Bucket }));
  await assert.rejects(client.send(new s3.HeadBucketCommand({ Bucket })), { name: 'NotFound' });
});
