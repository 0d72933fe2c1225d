import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import sdk from '@alicloud/ecs20140526';
import * as s3 from '@aws-sdk/client-s3';
import { WorldFault } from '../../src/base/worldFault.ts';
import type { Account, World } from '../world.ts';
import { createWorld } from '../world.ts';
import { createImageWorld } from './imageWorld.ts';

const HANGZHOU = 'cn-hangzhou';
const BUCKET = 'disk-files';

function scratch(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'tongjing-import-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

function bucketOf(world: World, { accessKeyId, accessKeySecret }: Account): s3.S3Client {
  return new s3.S3Client({
    endpoint: world.endpoint,
    region: HANGZHOU,
    forcePathStyle: true,
    credentials: { accessKeyId, secretAccessKey: accessKeySecret },
  });
}

const put = (client: s3.S3Client, key: string, body: Buffer | string, bucket = BUCKET) =>
  client.send(new s3.PutObjectCommand({ Bucket: bucket, Key: key, Body: body }));

type Wish = NonNullable<ConstructorParameters<typeof sdk.ImportImageRequest>[0]>;
const asked = (disks: object[], wish: Wish = {}) =>
  new sdk.ImportImageRequest({
    regionId: HANGZHOU,
    ...wish,
    diskDeviceMapping: disks.map(
      (fields) => new sdk.ImportImageRequestDiskDeviceMapping({ OSSBucket: BUCKET, ...fields }),
    ),
  });

async function stateOf(world: World, account: Account, imageId: string) {
  const ofImage = new sdk.DescribeImagesRequest({ regionId: HANGZHOU, imageId, status: 'ALL' });
  const image = (await world.ecs(account).describeImages(ofImage)).body!.images!.image![0];
  const ofTasks = new sdk.DescribeTasksRequest({ regionId: HANGZHOU, resourceIds: [imageId] });
  const { taskId } = (await world.ecs(account).describeTasks(ofTasks)).body!.taskSet!.task![0]!;
  const ofTask = new sdk.DescribeTaskAttributeRequest({ regionId: HANGZHOU, taskId: taskId! });
  const task = (await world.ecs(account).describeTaskAttribute(ofTask)).body!;
  const { errorCode } = task.operationProgressSet!.operationProgress![0]!;
  return { image, task: task.taskStatus, errorCode };
}

test('a real file system in every format becomes the same disk; several disks at once', async (t) => {
  await using world = await createWorld({ disks: 'real' });
  const folder = scratch(t);
  const at = (name: string) => join(folder, name);
  mkdirSync(at('tree'));
  for (const name of ['hostname', 'fstab'])
    writeFileSync(join(at('tree'), name), `${name} of a small Debian\n`.repeat(5000));
  execFileSync(
    'sh',
    ['-ec', 'PATH=$PATH:/sbin:/usr/sbin mke2fs -q -t ext4 -d tree disk.raw 48M; truncate -s 64M disk.raw'],
    { cwd: folder },
  );
  const convert = (name: string, ...argv: string[]) =>
    execFileSync('qemu-img', ['convert', '-f', 'raw', ...argv, at('disk.raw'), at(name)]);
  convert('plain.qcow2', '-O', 'qcow2');
  convert('zstd.qcow2', '-c', '-O', 'qcow2', '-o', 'compression_type=zstd');
  convert('fixed.vhd', '-O', 'vpc', '-o', 'subformat=fixed,force_size=on');
  convert('dynamic.vhd', '-O', 'vpc', '-o', 'force_size=on');
  convert('disk.vmdk', '-O', 'vmdk');
  execFileSync('tar', ['--sparse', '-czf', 'disk.raw.tar.gz', 'disk.raw'], { cwd: folder });
  const client = bucketOf(world, world.operator);
  await client.send(new s3.CreateBucketCommand({ Bucket: BUCKET }));
  const names = ['disk.raw', 'plain.qcow2', 'zstd.qcow2', 'fixed.vhd', 'dynamic.vhd', 'disk.vmdk', 'disk.raw.tar.gz'];
  for (const name of names) await put(client, name, readFileSync(at(name)));

  const disks = names.map((OSSObject) => ({ OSSObject }));
  const { body } = await world.ecs().importImage(asked(disks, { imageName: 'seven', platform: 'Debian' }));
  await world.settled();
  const { image, task, errorCode } = await stateOf(world, world.operator, body!.imageId!);
  assert.deepEqual([image?.status, task, errorCode], ['Available', 'Finished', '']);
  const mappings = image!.diskDeviceMappings!.diskDeviceMapping!;
  assert.deepEqual(
    mappings.map(({ format, importOSSObject, size, type }) => [format, importOSSObject, size, type]),
    names.map((name, position) => [
      { raw: 'RAW', qcow2: 'QCOW2', vhd: 'VHD', vmdk: 'VMDK' }[name.split('.')[1]!],
      name,
      '1',
      position === 0 ? 'system' : 'data',
    ]),
  );
  for (const [index, { snapshotId }] of mappings.entries()) {
    const { regionId, root, sizeBytes } = await world.parts.database.read
      .selectFrom('snapshots')
      .selectAll()
      .where('id', '=', snapshotId!)
      .executeTakeFirstOrThrow();
    await world.parts.transfers.exportFile({ regionId, root, sizeBytes, key: null }, at('out.raw'), {});
    execFileSync('qemu-img', ['compare', '-f', 'raw', '-F', 'raw', at('disk.raw'), at('out.raw')], { stdio: 'pipe' });
    assert.equal(sizeBytes, 64 * 1024 ** 2, names[index]!);
  }
  assert.deepEqual(readdirSync(join(world.dataDir, 'scratch')), []);
});

test('a file that is not what it was declared to be fails with the official code, and leaves nothing', async () => {
  await using world = await createWorld({ disks: 'real' });
  const client = bucketOf(world, world.operator);
  await client.send(new s3.CreateBucketCommand({ Bucket: BUCKET }));
  const files: Record<string, [Buffer, string]> = {
    'lies.raw': [Buffer.from('QFI\xfb and so on', 'latin1'), 'InvalidImageFormat.Malformed'],
    'lies.qcow2': [Buffer.alloc(70_000, 'text'), 'InvalidImageFormat.Malformed'],
    'lies.raw.gz': [Buffer.alloc(70_000, 'text'), 'InvalidImageFormat.Malformed'],
  };
  for (const [key, [bytes]] of Object.entries(files)) await put(client, key, bytes);
  for (const [OSSObject, [, code]] of Object.entries(files)) {
    const { body } = await world.ecs().importImage(asked([{ OSSObject }]));
    await world.settled();
    const { image, task, errorCode } = await stateOf(world, world.operator, body!.imageId!);
    assert.deepEqual([image?.status, task, errorCode], ['CreateFailed', 'Failed', code], OSSObject);
  }
  assert.deepEqual(await world.parts.blocks.usage(HANGZHOU), { chunks: 0, storedBytes: 0, segmentBytes: 0 });
});

test('an object that is replaced or deleted while it is imported fails the import; a cancel takes the image away', async () => {
  await using world = await createImageWorld();
  const { plane, settled } = world.world;
  const client = bucketOf(world.world, world.operator);
  await client.send(new s3.CreateBucketCommand({ Bucket: BUCKET }));
  const meanwhile: Record<string, () => Promise<unknown>> = {
    replaced: () => put(client, 'disk.raw', 'another'),
    deleted: () => client.send(new s3.DeleteObjectCommand({ Bucket: BUCKET, Key: 'disk.raw' })),
  };
  const codes: Record<string, string> = { replaced: 'ImportImageFailed', deleted: 'InvalidOSSObject.NotFound' };
  plane.files.set(`oss://${BUCKET}/disk.raw`, 'debian');
  for (const [name, change] of Object.entries(meanwhile)) {
    await put(client, 'disk.raw', 'debian');
    const release = plane.hold('import');
    const { body } = await world.operator.ecs.importImage(asked([{ OSSObject: 'disk.raw' }], { imageName: name }));
    await plane.called('import');
    await change();
    release();
    await settled();
    const { image, errorCode } = await stateOf(world.world, world.operator, body!.imageId!);
    assert.deepEqual([image?.status, errorCode], ['CreateFailed', codes[name]]);
    plane.calls.length = 0;
  }

  // So early that its file is gone before it is read.
  for (const [change, code] of [...Object.entries(codes), ['nothing', 'ImportImageFailed'] as const]) {
    await put(client, 'disk.raw', 'debian');
    plane.failNext('import', new WorldFault('FileMissing', 'Could not read it: no such file'));
    const hold = plane.hold('import');
    const early = await world.operator.ecs.importImage(asked([{ OSSObject: 'disk.raw' }]));
    await plane.called('import');
    await meanwhile[change]?.();
    hold();
    await settled();
    const { errorCode } = await stateOf(world.world, world.operator, early.body!.imageId!);
    assert.equal(errorCode, code, change);
    plane.calls.length = 0;
  }

  await put(client, 'disk.raw', 'debian');
  const release = plane.hold('import');
  const { body } = await world.operator.ecs.importImage(asked([{ OSSObject: 'disk.raw' }]));
  await plane.called('import');
  const { taskId, imageId } = body!;
  await assert.rejects(world.operator.ecs.deleteImage(new sdk.DeleteImageRequest({ regionId: HANGZHOU, imageId })), {
    code: 'ImageIsImporting',
  });
  await world.operator.ecs.cancelTask(new sdk.CancelTaskRequest({ regionId: HANGZHOU, taskId }));
  await settled();
  release();
  assert.equal((await stateOf(world.world, world.operator, imageId!)).image, undefined);
});

test('what ImportImage refuses changes nothing; another account’s bucket is one that does not exist', async () => {
  await using world = await createImageWorld();
  const client = bucketOf(world.world, world.operator);
  await client.send(new s3.CreateBucketCommand({ Bucket: BUCKET }));
  await put(client, 'disk.raw', 'debian');
  await put(client, 'empty.raw', Buffer.alloc(0));
  await put(client, 'disk.iso', 'debian');
  const alice = await world.party();
  const good = [{ OSSObject: 'disk.raw' }];
  const { ecs } = world.operator;
  await world.image(world.operator, { name: 'taken' });
  const refused: [string, number, object[], Wish?][] = [
    ['MissingParameter.DiskDeviceMapping', 403, []],
    ['MissingParameter', 400, [{}]],
    ['InvalidOSSBucket.NotFound', 400, [{ OSSBucket: 'no-such-bucket', OSSObject: 'disk.raw' }]],
    ['InvalidOSSObject.NotFound', 400, [{ OSSObject: 'none.raw' }]],
    ['InvalidOSSObject.Size', 400, [{ OSSObject: 'empty.raw' }]],
    ['UnsupportedSuffix.OSSObject', 400, [{ OSSObject: 'disk.iso' }]],
    ['InvalidImageFormat.Malformed', 400, [{ OSSObject: 'disk.raw', format: 'ISO' }]],
    ['InvalidDataDiskSize', 400, [{ OSSObject: 'disk.raw', diskImageSize: 2049 }]],
    ['InvalidImageName.Duplicated', 400, good, { imageName: 'taken' }],
    ['InvalidImageName.Malformed', 400, good, { imageName: '1' }],
    ['InvalidPlatform.Malformed', 400, good, { platform: 'Plan 9' }],
    ['InvalidArchitecture.Malformed', 400, good, { architecture: 'riscv' }],
    ['InvalidBootMode.Malformed', 400, good, { bootMode: 'Coreboot' }],
    ['InvalidBootMode.NotSupport', 400, good, { architecture: 'arm64', bootMode: 'BIOS' }],
    ['InvalidOSType.Malformed', 400, good, { OSType: 'beos' }],
    ['InvalidLicenseType.NotSupported', 400, good, { licenseType: 'None' }],
    ['UnsupportedParameter', 400, good, { detectionStrategy: 'Standard' }],
    ['DRYRUN.SUCCESS', 400, good, { dryRun: true }],
  ];
  for (const [code, status, disks, wish] of refused) {
    await world.refuses(code, status, () => ecs.importImage(asked(disks, wish)));
  }
  await world.refuses('InvalidOSSBucket.NotFound', 400, () => alice.ecs.importImage(asked(good)));
});
