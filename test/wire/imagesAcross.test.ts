import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import sdk from '@alicloud/ecs20140526';
import * as s3 from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { grant } from '../requirements/exports.ts';
import { contentOf, createLifeWorld, HANGZHOU, MIB, type LifeWorld } from '../requirements/world.ts';
import type { Account } from '../world.ts';

/** An image goes from one service to another as people take it there: exported to a bucket, got by a URL, put into the other's bucket, imported. */

const BUCKET = 'travels';

async function makeBucket({ world }: LifeWorld, { accessKeyId, accessKeySecret }: Account): Promise<s3.S3Client> {
  const credentials = { accessKeyId, secretAccessKey: accessKeySecret };
  const client = new s3.S3Client({ endpoint: world.endpoint, region: HANGZHOU, forcePathStyle: true, credentials });
  await client.send(new s3.CreateBucketCommand({ Bucket: BUCKET }));
  return client;
}

test('an image that one service exported in each format is, imported by another, the same bytes', async () => {
  await using here = await createLifeWorld();
  await using there = await createLifeWorld();
  const bob = await there.tenant('bob');
  // Zeros at the beginning, between and at the end.
  const content = Buffer.alloc(9 * MIB + 512);
  contentOf('head', 300_000).copy(content, MIB);
  contentOf('tail', 700_000).copy(content, 6 * MIB + 100);
  const file = join(here.world.dataDir, 'travelling.raw');
  writeFileSync(file, content);
  const wanted = { path: file, format: 'raw', name: 'travelling', regionId: HANGZHOU };
  const { imageId: base } = await here.operator<{ imageId: string }>('images/import', wanted);
  await here.settled();

  const operator = here.world.operator;
  await grant(here.world, operator, 'export-image');
  const from = await makeBucket(here, operator);
  const to = await makeBucket(there, bob);
  const extensions = { RAW: 'raw.tar.gz', QCOW2: 'qcow2', VHD: 'vhd', VMDK: 'vmdk' };
  for (const [imageFormat, extension] of Object.entries(extensions)) {
    const wish = { regionId: HANGZHOU, imageId: base, OSSBucket: BUCKET, OSSPrefix: 'out', imageFormat };
    await here.world.ecs(operator).exportImage(new sdk.ExportImageRequest(wish));
    await here.settled();
    const key = `out_${base}_system.${extension}`;
    const url = await getSignedUrl(from, new s3.GetObjectCommand({ Bucket: BUCKET, Key: key }), { expiresIn: 600 });
    const download = await fetch(url);
    assert.equal(download.status, 200, imageFormat);
    const bytes = Buffer.from(await download.arrayBuffer());
    await to.send(new s3.PutObjectCommand({ Bucket: BUCKET, Key: key, Body: bytes }));

    const mapping = new sdk.ImportImageRequestDiskDeviceMapping({ OSSBucket: BUCKET, OSSObject: key });
    const asked = { regionId: HANGZHOU, imageName: `from-${extension}`, diskDeviceMapping: [mapping] };
    const imported = (await bob.ecs.importImage(new sdk.ImportImageRequest(asked))).body!.imageId!;
    await there.settled();
    assert.equal((await bob.seesImage(imported))?.['Status'], 'Available', imageFormat);
    assert.ok((await there.read(imported, 0, content.length)).equals(content), imageFormat);
    await assert.rejects(there.read(imported, content.length, 512), /NBD error/, `${imageFormat}: no larger`);
  }
  from.destroy();
  to.destroy();
});
