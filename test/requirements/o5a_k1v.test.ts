// o5a_k1v: import progress is visible in the image list (percent, state) and by DescribeTasks.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import sdk from '@alicloud/ecs20140526';
import * as s3 from '@aws-sdk/client-s3';
import { until } from '../until.ts';
import { createImageWorld } from '../wire/imageWorld.ts';
import { progressOf } from './progress.ts';
import { HANGZHOU } from './world.ts';

test('o5a_k1v: percent and state of an import, which waits in the queue for others', async () => {
  await using world = await createImageWorld();
  const { plane, service, settled, endpoint } = world.world;
  const paths = ['/first.raw', '/second.raw', '/third.raw'];
  for (const path of paths) plane.files.set(path, `content of ${path}`);
  const release = plane.hold('import');
  const imageIds: string[] = [];
  for (const [index, path] of paths.entries()) {
    const response = await fetch(`${endpoint}/_tongjing/images/import`, {
      method: 'POST',
      headers: { authorization: `Bearer ${service.operatorToken}`, 'content-type': 'application/json' },
      body: JSON.stringify({ path, format: 'raw', name: `image-${index}`, regionId: HANGZHOU, isPublic: false }),
    });
    imageIds.push(((await response.json()) as { imageId: string }).imageId);
  }
  const [first, , third] = imageIds as [string, string, string];

  await until(async () => (await progressOf(world.operator, first)).percent === '50%');
  const halfway = { status: 'Creating', percent: '50%', disks: ['50%'], task: 'Processing', taskPercent: '50%' };
  assert.deepEqual(await progressOf(world.operator, first), { ...halfway, action: 'ImportImage', usable: false });
  const waiting = { status: 'Waiting', percent: '0%', disks: ['0%'], task: 'Waiting', taskPercent: '0%' };
  assert.deepEqual(await progressOf(world.operator, third), { ...waiting, action: 'ImportImage', usable: false });

  release();
  await settled();
  const done = { status: 'Available', percent: '100%', disks: ['100%'], task: 'Finished', taskPercent: '100%' };
  for (const imageId of imageIds) {
    assert.deepEqual(await progressOf(world.operator, imageId), { ...done, action: 'ImportImage', usable: true });
  }
});

test('o5a_k1v: ImportImage shows percent and state of every disk; one more import than runs at once waits', async () => {
  await using world = await createImageWorld();
  const { plane, settled, endpoint } = world.world;
  const { accessKeyId, accessKeySecret } = world.operator;
  const bucket = new s3.S3Client({
    endpoint,
    region: HANGZHOU,
    forcePathStyle: true,
    credentials: { accessKeyId, secretAccessKey: accessKeySecret },
  });
  await bucket.send(new s3.CreateBucketCommand({ Bucket: 'disk-files' }));
  for (const key of ['system.raw', 'data.raw']) {
    await bucket.send(new s3.PutObjectCommand({ Bucket: 'disk-files', Key: key, Body: key.padEnd(10, '.') }));
    plane.files.set(`oss://disk-files/${key}`, key);
  }
  const release = plane.hold('import');
  const imageIds: string[] = [];
  for (const imageName of ['first', 'second', 'third']) {
    const diskDeviceMapping = ['system.raw', 'data.raw'].map(
      (OSSObject) => new sdk.ImportImageRequestDiskDeviceMapping({ OSSBucket: 'disk-files', OSSObject }),
    );
    const request = new sdk.ImportImageRequest({ regionId: HANGZHOU, imageName, diskDeviceMapping });
    imageIds.push((await world.operator.ecs.importImage(request)).body!.imageId!);
  }
  const [first, , third] = imageIds as [string, string, string];

  // Half of the first of two objects of one size.
  await until(async () => (await progressOf(world.operator, first)).percent === '25%');
  const halfway = { status: 'Creating', percent: '25%', disks: ['25%', '25%'], task: 'Processing', taskPercent: '25%' };
  assert.deepEqual(await progressOf(world.operator, first), { ...halfway, action: 'ImportImage', usable: false });
  const waiting = { status: 'Waiting', percent: '0%', disks: ['0%', '0%'], task: 'Waiting', taskPercent: '0%' };
  assert.deepEqual(await progressOf(world.operator, third), { ...waiting, action: 'ImportImage', usable: false });

  release();
  await settled();
  const done = { status: 'Available', percent: '100%', disks: ['100%', '100%'], task: 'Finished', taskPercent: '100%' };
  for (const imageId of imageIds) {
    assert.deepEqual(await progressOf(world.operator, imageId), { ...done, action: 'ImportImage', usable: true });
  }
});
