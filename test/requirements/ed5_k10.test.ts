// ed5_k10: snapshots can't move to another account; snapshot → image → share works.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import sdk from '@alicloud/ecs20140526';
import { contentOf, createLifeWorld, HANGZHOU } from './world.ts';

test('ed5_k10: another account has nothing of a snapshot, and all of an image of it that is shared', async () => {
  await using life = await createLifeWorld();
  const [alice, bob] = [await life.tenant('alice'), await life.tenant('bob')];
  const { diskIds } = await alice.run(await life.image(contentOf('the base')));
  const content = contentOf('work of alice');
  await life.write(diskIds[0]!, 0, content);
  const snapshotId = await alice.snapshot(diskIds[0]!);

  await life.refuses('InvalidSnapshotId.NotFound', 404, () => bob.createImage({ snapshotId }));
  await life.refuses('InvalidSnapshotId.NotFound', 404, () =>
    bob.ecs.createDisk(new sdk.CreateDiskRequest({ regionId: HANGZHOU, zoneId: `${HANGZHOU}-h`, snapshotId })),
  );
  const { body } = await bob.ecs.describeSnapshots(
    new sdk.DescribeSnapshotsRequest({ regionId: HANGZHOU, snapshotIds: JSON.stringify([snapshotId]) }),
  );
  assert.equal(body!.totalCount, 0);

  const imageId = await alice.createImage({ snapshotId });
  await alice.share(imageId, bob);
  const theirs = await bob.run(imageId);
  assert.deepEqual(await life.read(theirs.diskIds[0]!, 0, content.length), content);
});
