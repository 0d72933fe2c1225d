import assert from 'node:assert/strict';
import { test } from 'node:test';
import sdk from '@alicloud/ecs20140526';
import {
  BEIJING,
  createCatalogueWorld,
  diskTag,
  giveDisk,
  HANGZHOU,
  LINUX_17,
  LINUX_2,
} from '../requirements/catalogue.ts';
import { contentOf, MIB, type LifeWorld } from '../requirements/world.ts';

const ARM = 'debian_12_arm64_20G_alibase_20260101.vhd';

async function collect(life: LifeWorld, regionId: string): Promise<void> {
  await life.operator('gc', { regionId });
  life.world.advance(7 * 24 * 3600_000);
  await life.settled();
}

test('an image without a disk here makes an empty one of its size, and is not exported', async () => {
  await using life = await createCatalogueWorld();
  const alice = await life.tenant('alice');
  assert.equal(await diskTag(alice, LINUX_2), 'none');
  const { diskIds } = await alice.run(LINUX_2);
  assert.ok((await life.read(diskIds[0]!, 0, MIB)).equals(Buffer.alloc(MIB)));
  const path = `${life.world.dataDir}/none.raw`;
  await assert.rejects(life.operator('images/export', { imageId: LINUX_2, path }), /NotReady/);
});

test('disks of a public image stay when it is given another and garbage is collected', async () => {
  await using life = await createCatalogueWorld();
  const alice = await life.tenant('alice');
  const [first, second] = [contentOf('first'), contentOf('second')];
  await giveDisk(life, first, LINUX_2);
  const old = new Map<string, string>();
  for (const regionId of [HANGZHOU, BEIJING]) {
    old.set(regionId, (await alice.run(LINUX_2, { regionId })).diskIds[0]!);
  }
  await giveDisk(life, second, LINUX_2, BEIJING);
  for (const regionId of [HANGZHOU, BEIJING]) await collect(life, regionId);
  for (const [regionId, diskId] of old) {
    assert.ok((await life.read(diskId, 0, 2 * MIB)).equals(first), regionId);
    const { diskIds } = await alice.run(LINUX_2, { regionId });
    assert.ok((await life.read(diskIds[0]!, 0, 2 * MIB)).equals(second), regionId);
  }
});

test('the built-in disk is for x86 images without one of their own; a bad file changes nothing', async () => {
  await using life = await createCatalogueWorld();
  const alice = await life.tenant('alice');
  await giveDisk(life, contentOf('own'), LINUX_2);
  await giveDisk(life, contentOf('built in'));
  const tags = async () => [await diskTag(alice, LINUX_2), await diskTag(alice, LINUX_17), await diskTag(alice, ARM)];
  assert.deepEqual(await tags(), ['own', 'builtin', 'none']);
  const bad = { path: '/nowhere.raw', format: 'raw', regionId: HANGZHOU };
  await assert.rejects(life.operator('catalogue/disks', bad), /FileMissing/);
  await assert.rejects(life.operator('catalogue/disks', { ...bad, imageId: 'm-none' }), /InvalidImageId.NotFound/);
  await assert.rejects(life.operator('catalogue/disks', { ...bad, regionId: 'nowhere' }), /InvalidRegionId.NotFound/);
  await assert.rejects(life.operator('catalogue/disks', { ...bad, path: 'disk.raw' }), /absolute/);
  assert.deepEqual(await tags(), ['own', 'builtin', 'none']);
});

test('what stands behind public images is nobody’s: not listed, not counted, not made anything of', async () => {
  await using life = await createCatalogueWorld();
  const alice = await life.tenant('alice');
  await giveDisk(life, contentOf('own'), LINUX_2);
  const { snapshotId } = await life.world.parts.database.read
    .selectFrom('imageDisks')
    .select('snapshotId')
    .where('imageId', '=', LINUX_2)
    .executeTakeFirstOrThrow();
  const regionId = HANGZHOU;
  for (const ecs of [alice.ecs, life.world.ecs()]) {
    const { body: snapshots } = await ecs.describeSnapshots(
      new sdk.DescribeSnapshotsRequest({ regionId, snapshotIds: JSON.stringify([snapshotId]) }),
    );
    assert.equal(snapshots!.totalCount, 0);
    const { body: usage } = await ecs.describeSnapshotsUsage(new sdk.DescribeSnapshotsUsageRequest({ regionId }));
    assert.deepEqual([usage!.snapshotCount, Number(usage!.snapshotSize)], [0, 0]);
    const { body: images } = await ecs.describeImages(
      new sdk.DescribeImagesRequest({ regionId, snapshotId: snapshotId!, status: 'ALL' }),
    );
    assert.equal(images!.totalCount, 0);
    const disk = new sdk.CreateDiskRequest({ regionId, zoneId: `${regionId}-h`, snapshotId: snapshotId! });
    await life.refuses('InvalidSnapshotId.NotFound', 404, () => ecs.createDisk(disk));
    const image = new sdk.CreateImageRequest({ regionId, snapshotId: snapshotId! });
    await life.refuses('InvalidSnapshotId.NotFound', 404, () => ecs.createImage(image));
  }
});

test('a reset leaves the public images, without the disks that they were given', async () => {
  await using life = await createCatalogueWorld();
  await giveDisk(life, contentOf('own'), LINUX_2);
  await life.operator('reset', {});
  assert.equal(await diskTag(await life.tenant('alice'), LINUX_2), 'none');
});
