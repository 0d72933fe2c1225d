import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mock, test } from 'node:test';
import * as s3 from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { until } from '../until.ts';
import { Bucket, createObjectWorld, text } from './objectWorld.ts';
import { begin, ossOf, presigned, refuses, signed } from './rawRequests.ts';

/** What clients send that is not right, in either dialect: the official code, and nothing else. */

const GIB = 1024 ** 3;
const HOUR_MS = 3600_000;
for (const [kind, sign] of Object.entries(presigned)) {
  test(`a presigned URL of ${kind} is good for what was signed, and for its time`, async () => {
    await using at = await createObjectWorld();
    const url = await sign(at, 'GET', 'a');
    assert.equal((await text(url)).body, 'content of a');
    const wrong: [number, string] = [403, 'SignatureDoesNotMatch'];
    const later = url.replace(
      /(Expires=|expires=)(\d+)/,
      (_, name: string, value: string) => `${name}${Number(value) + 9}`,
    );
    const other = url.replace(/(ignature=)(.)/, (_, name: string, first: string) => name + (first === 'a' ? 'b' : 'a'));
    for (const altered of [url.replace('/a?', '/b?'), later, other, `${url}&response-content-type=text%2Fhtml`]) {
      assert.notEqual(altered, url);
      await refuses(at, wrong, () => text(altered));
    }
    await refuses(at, wrong, () => text(url, { method: 'PUT', body: 'mine' }));
    await refuses(at, wrong, () => text(url, { method: 'DELETE' }));
    await refuses(at, [403, 'InvalidAccessKeyId'], () => text(url.replace(at.alice.accessKeyId, 'LTAInobody')));

    mock.timers.enable({ apis: ['Date'], now: Date.now() - 61_000 });
    const [get, put] = await Promise.all([sign(at, 'GET', 'a'), sign(at, 'PUT', 'a')]).finally(() =>
      mock.timers.reset(),
    );
    await refuses(at, [403, 'AccessDenied'], () => text(get));
    await refuses(at, [403, 'AccessDenied'], () => text(put, { method: 'PUT', body: 'late' }));
  });
}

test('keys are bytes, never paths: what is one comes back as it is, what is none is refused', async () => {
  await using at = await createObjectWorld();
  const { world, client, blobs } = at;
  const before = blobs().length;
  const keys = ['..', '.', '../../../../etc/passwd', 'a/../b', 'a/./b/', './', 'a\\b', '\u0001\u001f\u007f', '\r\n\t'];
  keys.push(
    '键/ключ/🪞',
    'e\u0301',
    '\ufeff',
    '%2e%2e%2f',
    '+ +',
    '&<>"\'',
    '\u{10ffff}',
    'x'.repeat(1023),
    '🪞'.repeat(255),
  );
  for (const Key of keys) await client.send(new s3.PutObjectCommand({ Bucket, Key, Body: `of ${Key}` }));
  assert.equal(blobs().length, before + keys.length);
  assert.ok(blobs().every((file) => /^[\w-]+$/.test(file)));
  for (const Key of keys) {
    const got = await client.send(new s3.GetObjectCommand({ Bucket, Key }));
    assert.equal(await got.Body!.transformToString(), `of ${Key}`);
    // Clients' parsers of URLs take those for the folders that they look like.
    if (Key !== '.' && Key !== '..') assert.equal((await text(signed(at, 'GET', Key))).body, `of ${Key}`);
  }
  // In their bytes' order, however they are written.
  const listed = await client.send(new s3.ListObjectsV2Command({ Bucket, EncodingType: 'url' }));
  const inOrder = [...keys, 'a'].sort((left, right) => Buffer.compare(Buffer.from(left), Buffer.from(right)));
  assert.deepEqual(
    listed.Contents!.map(({ Key }) => decodeURIComponent(Key!)),
    inOrder,
  );
  await client.send(
    new s3.DeleteObjectsCommand({ Bucket, Delete: { Objects: keys.slice(0, 7).map((Key) => ({ Key })) } }),
  );
  assert.equal(blobs().length, before + keys.length - 7);

  const [url, ossUrl] = [await presigned['S3']!(at, 'PUT', 'KEY'), await presigned['OSS V4']!(at, 'PUT', 'KEY')];
  const put = (to: string) => () => {
    const { sending, answer } = begin(to, 'PUT', {});
    sending.end();
    return answer;
  };
  for (const path of ['a%00b', '%ff%fe', '%zz']) {
    await refuses(at, [400, 'InvalidURI'], put(url.replace('KEY', path)));
    await refuses(at, [400, 'InvalidObjectName'], put(ossUrl.replace('KEY', path)));
  }
  await refuses(at, [400, 'KeyTooLongError'], put(url.replace('KEY', 'x'.repeat(1025))));
  await refuses(at, [400, 'InvalidObjectName'], put(ossUrl.replace('KEY', 'x'.repeat(1024))));
  for (const key of ['/a', '\\a']) await refuses(at, [400, 'InvalidObjectName'], put(signed(at, 'PUT', key)));
  assert.equal((await text(`${world.endpoint}/${Bucket}/..%2F..%2Fcredentials.json`)).status, 403);
});

test('a body over 5 GiB is refused by what its head says, before it is sent', async () => {
  await using at = await createObjectWorld();
  const { client } = at;
  const Key = 'big';
  const { UploadId } = await client.send(new s3.CreateMultipartUploadCommand({ Bucket, Key }));
  const part = new s3.UploadPartCommand({ Bucket, Key, UploadId, PartNumber: 1 });
  const tooMuch = { 'content-length': 5 * GIB + 1 };
  for (const [url, method] of [
    [await getSignedUrl(client, part), 'PUT'],
    [await presigned['S3']!(at, 'PUT', Key), 'PUT'],
    [signed(at, 'PUT', Key, `partNumber=1&uploadId=${UploadId}`), 'PUT'],
    [signed(at, 'PUT', Key), 'PUT'],
    [signed(at, 'POST', Key, 'append&position=0'), 'POST'],
  ] as const) {
    for (const expect of [{}, { expect: '100-continue' }]) {
      await refuses(at, [400, 'EntityTooLarge'], async () => {
        const { sending, answer } = begin(url, method, { ...tooMuch, ...expect });
        sending.once('continue', () => assert.fail('it was asked to send it'));
        sending.flushHeaders();
        const { status, body } = await answer;
        sending.destroy();
        return { status, body };
      });
    }
  }
  // A chunked body says it in a header of its own.
  await refuses(at, [400, 'EntityTooLarge'], async () => {
    const body = new s3.PutObjectCommand({ Bucket, Key, Body: 'small' });
    body.middlewareStack.add(
      (next) => (args) => {
        const { headers } = args.request as { headers: Record<string, string> };
        headers['x-amz-content-sha256'] = 'STREAMING-UNSIGNED-PAYLOAD-TRAILER';
        headers['x-amz-decoded-content-length'] = String(5 * GIB + 1);
        return next(args);
      },
      { step: 'build' },
    );
    const fault = await client.send(body).then(
      () => assert.fail('it was taken'),
      (error: s3.S3ServiceException) => error,
    );
    return { status: fault.$metadata.httpStatusCode!, body: `<Code>${fault.name}</Code>` };
  });
  // Who waits is told to send what is taken.
  const waiting = begin(await presigned['S3']!(at, 'PUT', Key), 'PUT', { 'content-length': 4, expect: '100-continue' });
  waiting.sending.once('continue', () => waiting.sending.end('sent'));
  waiting.sending.flushHeaders();
  assert.equal((await waiting.answer).status, 200);
});

test('a checksum that is not that of the body', async () => {
  await using at = await createObjectWorld();
  const { client } = at;
  const Key = 'b';
  const body = Buffer.from('content of b');
  const { UploadId } = await client.send(new s3.CreateMultipartUploadCommand({ Bucket, Key }));
  const part = `partNumber=1&uploadId=${UploadId}`;
  const send = (url: string, headers: Record<string, string>) => () => {
    const { sending, answer } = begin(url, 'PUT', { 'content-length': body.length, ...headers });
    sending.end(body);
    return answer;
  };
  const md5 = createHash('md5').update('other').digest('base64');
  const signers = [
    (more: object, options = {}) => getSignedUrl(client, new s3.PutObjectCommand({ Bucket, Key, ...more }), options),
    (more: object, options = {}) =>
      getSignedUrl(client, new s3.UploadPartCommand({ Bucket, Key, UploadId, PartNumber: 1, ...more }), options),
  ];
  // Base64 of so many bytes.
  const sums = { CRC32: 4, CRC32C: 4, CRC64NVME: 8, SHA1: 20, SHA256: 32 };
  for (const sign of signers) {
    const url = await sign({});
    await refuses(at, [400, 'BadDigest'], send(url, { 'content-md5': md5 }));
    await refuses(at, [400, 'InvalidDigest'], send(url, { 'content-md5': 'short' }));
    for (const [name, bytes] of Object.entries(sums)) {
      const sum = Buffer.alloc(bytes, 1).toString('base64');
      const header = `x-amz-checksum-${name.toLowerCase()}`;
      const withSum = await sign({ [`Checksum${name}`]: sum }, { unhoistableHeaders: new Set([header]) });
      await refuses(at, [400, 'BadDigest'], send(withSum, { [header]: sum }));
    }
  }
  // As OSS says it. Its signature covers the header.
  for (const query of ['', part]) {
    const url = signed(at, 'PUT', Key, query, md5);
    await refuses(at, [400, 'InvalidDigest'], send(url, { 'content-md5': md5 }));
  }
  // The hash that the signature was made with.
  const put = new s3.PutObjectCommand({ Bucket, Key, Body: body });
  put.middlewareStack.add(
    (next) => (args) => {
      const { headers } = args.request as { headers: Record<string, string> };
      headers['x-amz-content-sha256'] = createHash('sha256').update('other').digest('hex');
      return next(args);
    },
    { step: 'build' },
  );
  await at.refuses('XAmzContentSHA256Mismatch', 400, () => client.send(put));
  const { Parts = [] } = await client.send(new s3.ListPartsCommand({ Bucket, Key, UploadId }));
  assert.deepEqual(Parts, []);
});

test('what is not there, in OSS’s words', async () => {
  await using at = await createObjectWorld();
  const { world, client } = at;
  const call =
    (method: string, key: string, query = '', bucket = Bucket) =>
    () =>
      text(signed(at, method, key, query, '', bucket), { method });
  await refuses(at, [404, 'NoSuchKey'], call('GET', 'b'));
  await refuses(at, [404, 'NoSuchBucket'], call('GET', 'a', '', 'nowhere'));
  await refuses(at, [404, 'NoSuchBucket'], call('PUT', 'a', '', 'nowhere'));
  for (const method of ['PUT', 'DELETE', 'POST', 'GET']) {
    const query = method === 'PUT' ? 'partNumber=1&uploadId=none' : 'uploadId=none';
    const body =
      '<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>"x"</ETag></Part></CompleteMultipartUpload>';
    const init = { method, ...(method === 'POST' && { body, headers: { 'content-type': '' } }) };
    await refuses(at, [404, 'NoSuchUpload'], () => text(signed(at, method, 'a', query), init));
  }
  const copy = (CopySource: string) => () => client.send(new s3.CopyObjectCommand({ Bucket, Key: 'copy', CopySource }));
  await at.refuses('NoSuchKey', 404, copy(`${Bucket}/b`));
  await at.refuses('NoSuchBucket', 404, copy('nowhere/b'));
  await at.refuses('InvalidArgument', 400, copy('nothing'));
  await at.refuses('InvalidArgument', 400, copy(`${Bucket}/%zz`));
  await at.refuses('InvalidArgument', 400, () =>
    client.send(new s3.PutBucketPolicyCommand({ Bucket, Policy: 'null' })),
  );
  assert.equal((await world.parts.database.read.selectFrom('uploads').selectAll().execute()).length, 0);
});

test('parts out of their order, in OSS’s words', async () => {
  await using at = await createObjectWorld();
  const oss = ossOf(at);
  const Key = 'big';
  const { uploadId } = await oss.initMultipartUpload(Key);
  const parts: string[] = [];
  for (const number of [2, 1]) {
    const url = signed(at, 'PUT', Key, `partNumber=${number}&uploadId=${uploadId}`);
    const { headers } = await text(url, { method: 'PUT', body: Buffer.alloc(200_000, number) });
    parts.push(`<Part><PartNumber>${number}</PartNumber><ETag>${headers.get('etag')}</ETag></Part>`);
  }
  const complete = (order: string[]) => () => {
    const { sending, answer } = begin(signed(at, 'POST', Key, `uploadId=${uploadId}`), 'POST', {});
    sending.end(`<CompleteMultipartUpload>${order.join('')}</CompleteMultipartUpload>`);
    return answer;
  };
  await refuses(at, [400, 'InvalidPartOrder'], complete(parts));
  await refuses(at, [400, 'InvalidPartOrder'], complete([parts[1]!, parts[1]!]));
  await refuses(at, [400, 'InvalidPart'], complete([parts[1]!.replace('>1<', '>3<')]));
  await refuses(at, [400, 'MalformedXML'], complete([]));
  await refuses(at, [404, 'NoSuchKey'], () => text(signed(at, 'GET', Key)));
  assert.equal((await complete(parts.toReversed())()).status, 200);
  assert.equal((await oss.get(Key)).content.length, 400_000);
});

test('an upload that nobody completes ends by its bucket’s rule, with its parts', async () => {
  await using at = await createObjectWorld();
  const { world, client, blobs } = at;
  const before = blobs();
  const Key = 'big';
  const Rules = [
    {
      ID: 'abandoned',
      Status: 'Enabled' as const,
      Filter: { Prefix: 'b' },
      AbortIncompleteMultipartUpload: { DaysAfterInitiation: 2 },
    },
  ];
  await client.send(new s3.PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration: { Rules } }));
  const begun = async (key: string) =>
    (await client.send(new s3.CreateMultipartUploadCommand({ Bucket, Key: key }))).UploadId!;
  const [UploadId, kept] = [await begun(Key), await begun('kept')];
  for (const PartNumber of [1, 2]) {
    await client.send(new s3.UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body: Buffer.alloc(1000) }));
  }
  world.advance(47 * HOUR_MS);
  assert.equal(blobs().length, before.length + 2);
  await until(() => {
    world.advance(HOUR_MS);
    return blobs().length === before.length;
  });
  assert.deepEqual(blobs(), before);
  const { Uploads } = await client.send(new s3.ListMultipartUploadsCommand({ Bucket }));
  assert.deepEqual(
    Uploads!.map((upload) => upload.UploadId),
    [kept],
  );
  await at.refuses('NoSuchUpload', 404, () =>
    client.send(new s3.UploadPartCommand({ Bucket, Key, UploadId, PartNumber: 3, Body: 'late' })),
  );
});

test('what goes away while a body comes', async () => {
  await using at = await createObjectWorld();
  const { client, blobs } = at;
  const Key = 'b';
  const half = Buffer.alloc(500_000);
  const sendHalf = async (url: string) => {
    const before = blobs().length;
    const { sending, answer } = begin(url, 'PUT', { 'content-length': 2 * half.length });
    sending.write(half);
    await until(() => blobs().length === before + 1);
    return async () => {
      sending.end(half);
      return answer;
    };
  };
  const { UploadId } = await client.send(new s3.CreateMultipartUploadCommand({ Bucket, Key }));
  const part = new s3.UploadPartCommand({ Bucket, Key, UploadId, PartNumber: 1 });
  const before = blobs();
  const endPart = await sendHalf(await getSignedUrl(client, part));
  await client.send(new s3.AbortMultipartUploadCommand({ Bucket, Key, UploadId }));
  const { status, body } = await endPart();
  assert.deepEqual([status, body.includes('NoSuchUpload')], [404, true]);
  assert.deepEqual(blobs(), before);

  await client.send(new s3.DeleteObjectCommand({ Bucket, Key: 'a' }));
  const endObject = await sendHalf(await presigned['S3']!(at, 'PUT', Key));
  await client.send(new s3.DeleteBucketCommand({ Bucket }));
  const gone = await endObject();
  assert.deepEqual([gone.status, gone.body.includes('NoSuchBucket')], [404, true]);
  assert.deepEqual(blobs(), []);
});
