import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { globSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import * as s3 from '@aws-sdk/client-s3';
import { openService, type Service } from '../../src/cli/service.ts';
import { quietIo, tongjing } from '../tongjing.ts';
import { until } from '../until.ts';
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
    dataDir,
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

/** What the account's task ended with. */
async function taskOf(service: Service, taskId: string): Promise<{ status: string; code: string; says: string }> {
  for (;;) {
    const task = await service.call<{ TaskStatus: string; OperationProgressSet: { OperationProgress: Failure[] } }>(
      'DescribeTaskAttribute',
      { RegionId: 'cn-hangzhou', TaskId: taskId },
    );
    const [failure] = task.OperationProgressSet.OperationProgress;
    if (task.TaskStatus === 'Finished' || task.TaskStatus === 'Failed')
      return { status: task.TaskStatus, code: failure!.ErrorCode, says: failure!.ErrorMsg };
    await sleep(50);
  }
}

interface Failure {
  ErrorCode: string;
  ErrorMsg: string;
}

test('a disk that is full in the middle of ImportImage: the task says so, nothing of it is left, and it is imported once there is room', async (t) => {
  const { dataDir, client, files, limitFiles } = await createFullWorld(t);
  const noise = randomBytes(48 * MIB);
  await client.send(new s3.PutObjectCommand({ Bucket, Key: 'disk.raw', Body: noise }));
  await client.send(new s3.PutObjectCommand({ Bucket, Key: 'disk.vhd.gz', Body: gzipSync(noise, { level: 1 }) }));
  const before = files();
  const service = await openService({ data: dataDir }, quietIo);
  const load = async (key: string) => {
    const asked = { 'DiskDeviceMapping.1.OSSBucket': Bucket, 'DiskDeviceMapping.1.OSSObject': key };
    const { ImageId, TaskId } = await service.call<{ ImageId: string; TaskId: string }>('ImportImage', {
      RegionId: 'cn-hangzhou',
      ...asked,
    });
    return { ImageId, ...(await taskOf(service, TaskId)) };
  };

  limitFiles(16 * MIB);
  // Streamed into the store, and unpacked beside it first.
  for (const key of ['disk.raw', 'disk.vhd.gz']) {
    const { status, code, says } = await load(key);
    assert.deepEqual([status, code], ['Failed', 'DiskFull'], says);
    assert.deepEqual(files(), before);
    assert.deepEqual(globSync('*', { cwd: join(dataDir, 'scratch') }), []);
    // The task is over before the lease is that held what it wrote.
    await until(async () => {
      const { regions } = await service.operator<{ regions: { segmentBytes: number }[] }>('GET', 'usage');
      return regions.every(({ segmentBytes }) => segmentBytes === 0);
    });
  }

  limitFiles('unlimited');
  const { ImageId, status, says } = await load('disk.raw');
  assert.equal(status, 'Finished', says);
  const out = join(dataDir, 'out.raw');
  assert.equal((await tongjing(dataDir, ['image', 'export', ImageId, out])).code, 0);
  assert.ok(readFileSync(out).equals(noise));
});
