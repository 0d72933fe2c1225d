import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import sdk from '@alicloud/ecs20140526';
import { WorldFault } from '../../src/base/worldFault.ts';
import type { ImageRow } from '../../src/records/tables/images.ts';
import type { SnapshotRow } from '../../src/records/tables/snapshots.ts';
import { grant, makeBucket } from '../requirements/exports.ts';
import { createImageWorld, type Party } from './imageWorld.ts';

const HANGZHOU = 'cn-hangzhou';
const world = await createImageWorld();
after(() => world[Symbol.asyncDispose]());
const { plane } = world.world;
let buckets = 0;

type Wish = Partial<sdk.ExportImageRequest>;
const exportImage = (party: Party, imageId: string, wish: Wish) => () =>
  party.ecs.exportImage(new sdk.ExportImageRequest({ regionId: HANGZHOU, imageId, ...wish }));

/** Somebody who may export, with a bucket of its own. */
async function exporter() {
  const party = await world.party();
  await grant(world.world, party, 'export-image');
  const OSSBucket = `exports-${++buckets}`;
  return { party, OSSBucket, bucket: await makeBucket(world.world, party, OSSBucket) };
}

const blobs = () => readdirSync(join(world.world.dataDir, 'objects'));
const taskOf = async (party: Party, taskId: string) => {
  const request = new sdk.DescribeTaskAttributeRequest({ regionId: HANGZHOU, taskId });
  return (await party.ecs.describeTaskAttribute(request)).body!;
};

test('images that are not to be exported are refused', async () => {
  const { party, OSSBucket, bucket } = await exporter();
  using _ = bucket;
  const bob = await world.party();
  const cases: [code: string, status: number, row: Partial<ImageRow>][] = [
    ['ImageNotSupported', 403, { productCode: 'cmjj0001' }],
    ['ImageNotSupported', 403, { kind: 'marketplace' }],
    ['InvalidImageCategory.NotSupported', 403, { kind: 'system' }],
    ['InvalidImageLicense.NotSupported', 403, { platform: 'Windows Server 2022' }],
    ['IncorrectImageStatus', 400, { status: 'Creating' }],
  ];
  for (const [code, status, row] of cases) {
    await world.refuses(code, status, exportImage(party, await world.image(party, row), { OSSBucket }));
  }
  const foreign = await world.image(bob);
  await world.refuses('InvalidImageId.NotFound', 404, exportImage(party, foreign, { OSSBucket }));
  await world.refuses('InvalidImageId.NotFound', 404, exportImage(party, 'm-bp1none', { OSSBucket }));
  await world.share(foreign, party);
  await world.refuses('InvalidImageCategory.NotSupported', 403, exportImage(party, foreign, { OSSBucket }));
  const secret = await world.image(party, {}, [{ encrypted: 1 }]);
  await world.refuses('ImageNotSupported', 400, exportImage(party, secret, { OSSBucket }));
  const many = await world.image(party, {}, [{}, {}, {}, {}, {}]);
  await world.refuses('InvalidImage.DiskAmountOrSize', 400, exportImage(party, many, { OSSBucket }));
});

test('requests that make no sense are refused, and the bucket of another is none', async () => {
  const { party, OSSBucket, bucket } = await exporter();
  using _ = bucket;
  const other = await exporter();
  using __ = other.bucket;
  const imageId = await world.image(party);
  const refused = (code: string, wish: Wish) => world.refuses(code, 400, exportImage(party, imageId, wish));
  await refused('MissingParameter', {});
  await refused('InvalidOSSBucket.NotFound', { OSSBucket: 'nowhere' });
  await refused('InvalidOSSBucket.NotFound', { OSSBucket: other.OSSBucket });
  await refused('InvalidOSSPrefix.Malformed', { OSSBucket, OSSPrefix: '../up' });
  await refused('InvalidOSSPrefix.Malformed', { OSSBucket, OSSPrefix: 'x'.repeat(31) });
  await refused('InvalidImageFormat.Malformed', { OSSBucket, imageFormat: 'constructor' });
  const beijing = await world.image(party, { regionId: 'cn-beijing' });
  const wish = { OSSBucket, regionId: 'cn-beijing' };
  await world.refuses('InvalidOSSBucket.NotFound', 400, exportImage(party, beijing, wish));
});

test('an export that runs keeps its image, shows what it does, and cancelled leaves nothing', async () => {
  const { party, OSSBucket, bucket } = await exporter();
  using _ = bucket;
  const imageId = await world.image(party, {}, [{}]);
  const before = blobs();
  // The first disk is stored, the second under way.
  const release = plane.hold(`stream ${imageId}_data`);
  const isAtSecond = plane.called(`stream ${imageId}_data`);
  const { taskId } = (await exportImage(party, imageId, { OSSBucket })()).body!;
  await isAtSecond;
  await world.refuses('ImageIsExporting', 403, exportImage(party, imageId, { OSSBucket }), { isHeld: true });
  const drop = () => party.ecs.deleteImage(new sdk.DeleteImageRequest({ regionId: HANGZHOU, imageId }));
  await world.refuses('ImageIsExporting', 403, drop, { isHeld: true });
  const running = await taskOf(party, taskId!);
  assert.deepEqual([running.taskStatus, running.supportCancel], ['Processing', 'true']);
  assert.deepEqual(await bucket.keys(), []);
  await party.ecs.cancelTask(new sdk.CancelTaskRequest({ regionId: HANGZHOU, taskId }));
  await world.world.settled();
  release();
  assert.equal((await taskOf(party, taskId!)).taskStatus, 'Deleted');
  assert.deepEqual(await bucket.keys(), []);
  assert.deepEqual(blobs(), before);
});

test('an export that fails leaves nothing; the next one replaces what an earlier one made', async () => {
  const { party, OSSBucket, bucket } = await exporter();
  using _ = bucket;
  const imageId = await world.image(party);
  const before = blobs();
  plane.failNext('stream', new WorldFault('DiskFull', 'No space is left.'));
  const failed = (await exportImage(party, imageId, { OSSBucket })()).body!;
  await world.world.settled();
  const { taskStatus, operationProgressSet } = await taskOf(party, failed.taskId!);
  assert.equal(taskStatus, 'Failed');
  assert.equal(operationProgressSet!.operationProgress![0]!.errorCode, 'DiskFull');
  assert.deepEqual(blobs(), before);
  for (let round = 0; round < 2; round++) {
    await exportImage(party, imageId, { OSSBucket, OSSPrefix: 'lab' })();
    await world.world.settled();
    assert.deepEqual(await bucket.keys(), [`lab_${imageId}_system.raw.tar.gz`]);
    assert.equal(blobs().length, before.length + 1);
  }
  const checked = exportImage(party, imageId, { OSSBucket, dryRun: true });
  await world.refuses('DryRunOperation', 400, checked);
});

test('a snapshot is exported by whom the operator let, and by nobody else', async () => {
  const { party, OSSBucket, bucket } = await exporter();
  using _ = bucket;
  const bob = await world.party();
  const snapshotId = await world.snapshot(party);
  const ask =
    (of: Party, id = snapshotId, wish: Partial<sdk.ExportSnapshotRequest> = {}) =>
    () =>
      of.ecs.exportSnapshot(
        new sdk.ExportSnapshotRequest({ regionId: HANGZHOU, snapshotId: id, ossBucket: OSSBucket, ...wish }),
      );
  await world.refuses('UserNotInTheWhiteList', 403, ask(party));
  await world.refuses('InvalidSnapshotId.NotFound', 404, ask(bob));
  await grant(world.world, party, 'export-snapshot');
  const cases: [code: string, status: number, row: Partial<SnapshotRow>][] = [
    ['ImageNotSupported', 400, { encrypted: 1 }],
    ['ImageNotSupported', 403, { productCode: 'cmjj0001' }],
    ['SnapshotNotReady', 403, { status: 'progressing' }],
    ['InvalidSnapshotId.NotFound', 404, { regionId: 'cn-beijing' }],
  ];
  for (const [code, status, row] of cases) {
    await world.refuses(code, status, ask(party, await world.snapshot(party, row)));
  }
  await world.refuses('InvalidOSSBucket.NotFound', 400, ask(party, snapshotId, { ossBucket: 'nowhere' }));
  const other = await exporter();
  using __ = other.bucket;
  await world.refuses('InvalidOSSBucket.NotFound', 400, ask(party, snapshotId, { ossBucket: other.OSSBucket }));
  await world.refuses('NoSetRoletoECSServiceAcount', 403, ask(party, snapshotId, { roleName: 'none' }));
  await world.refuses('MissingSnapshotId', 400, ask(party, undefined, { snapshotId: undefined as never }));
  await world.waitingJob('exportToBucket', party, snapshotId);
  await world.refuses('InvalidOperation.Conflict', 409, ask(party));
  await world.world.parts.database.write((tx) => tx.deleteFrom('jobs').where('resourceId', '=', snapshotId).execute());
  await ask(party)();
  await world.world.settled();
  assert.deepEqual(await bucket.keys(), [`${snapshotId}.raw.tar.gz`]);
});
