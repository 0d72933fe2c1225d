import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import * as s3 from '@aws-sdk/client-s3';
import { killAll, startProcess } from '../workload/serviceProcess.ts';
import type { Account } from '../world.ts';

const MIB = 1024 ** 2;
const Bucket = 'pictures';

/** The service in a process of its own, whose files may not grow beyond a length: the kernel refuses their next byte, as it does on a full disk. */
async function createFullWorld(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'tongjing-full-'));
  const dataDir = join(folder, 'data');
  t.after(() => {
    killAll(dataDir);
    rmSync(folder, { recursive: true, force: true });
  });
  const { endpoint, pid } = await startProcess({ dataDir, logFile: join(folder, 'log') });
  const { accessKeyId, accessKeySecret } = JSON.parse(
    readFileSync(join(dataDir, 'credentials.json'), 'utf8'),
  ) as Account;
  const client = new s3.S3Client({
    endpoint,
    region: 'cn-hangzhou',
    forcePathStyle: true,
    credentials: { accessKeyId, secretAccessKey: accessKeySecret },
    maxAttempts: 1,
  });
  t.after(() => client.destroy());
  await client.send(new s3.CreateBucketCommand({ Bucket }));
  return {
    client,
    files: () => readdirSync(join(dataDir, 'objects')).sort(),
    // The soft limit alone: it can be raised again.
    limitFiles: (length: number | 'unlimited') => execFileSync('prlimit', ['--pid', String(pid), `--fsize=${length}:`]),
  };
}

test('a disk that is full in the middle of an object or a part: said so, nothing of it seen or left, and taken once there is room', async (t) => {
  const { client, files, limitFiles } = await createFullWorld(t);
  const Key = 'a';
  const large = randomBytes(32 * MIB);
  await client.send(new s3.PutObjectCommand({ Bucket, Key, Body: 'from before' }));
  const { UploadId } = await client.send(new s3.CreateMultipartUploadCommand({ Bucket, Key: 'parts' }));
  const before = files();
  const part = () =>
    client.send(new s3.UploadPartCommand({ Bucket, Key: 'parts', UploadId, PartNumber: 1, Body: large }));
  const read = async () => (await client.send(new s3.GetObjectCommand({ Bucket, Key }))).Body!;

  limitFiles(16 * MIB);
  const isFull = ({ name, $metadata }: s3.S3ServiceException) =>
    name === 'ServiceUnavailable' && $metadata.httpStatusCode === 503;
  await assert.rejects(client.send(new s3.PutObjectCommand({ Bucket, Key, Body: large })), isFull);
  await assert.rejects(part(), isFull);
  assert.deepEqual(files(), before);
  assert.equal(await (await read()).transformToString(), 'from before');
  const { Parts = [] } = await client.send(new s3.ListPartsCommand({ Bucket, Key: 'parts', UploadId }));
  assert.deepEqual(Parts, []);
  // What there is room for is taken meanwhile.
  await client.send(new s3.PutObjectCommand({ Bucket, Key: 'small', Body: 'small' }));

  limitFiles('unlimited');
  await client.send(new s3.PutObjectCommand({ Bucket, Key, Body: large }));
  await part();
  assert.ok(Buffer.from(await (await read()).transformToByteArray()).equals(large));
  assert.equal(files().length, before.length + 2);
});
