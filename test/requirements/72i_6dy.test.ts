// 72i_6dy: deleting a snapshot that an image was made from is refused, naming the image and a RequestId; afterwards it works.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import sdk from '@alicloud/ecs20140526';
import { contentOf, createLifeWorld, HANGZHOU } from './world.ts';

test('72i_6dy: a snapshot of an image goes when the image is gone', async () => {
  await using life = await createLifeWorld();
  const alice = await life.tenant('alice');
  const { diskIds } = await alice.run(await life.image(contentOf('the system')));
  const snapshotId = await alice.snapshot(diskIds[0]!);
  const imageId = await alice.createImage({ snapshotId });
  for (const force of [false, true]) {
    const refusal = await life.refuses('SnapshotCreatedImage', 403, () =>
      alice.ecs.deleteSnapshot(new sdk.DeleteSnapshotRequest({ snapshotId, force })),
    );
    const { message, data } = refusal as Error & { data?: { RequestId?: string } };
    assert.match(message, new RegExp(imageId));
    assert.match(data!.RequestId!, /^[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}$/);
  }
  await alice.ecs.deleteImage(new sdk.DeleteImageRequest({ regionId: HANGZHOU, imageId }));
  await alice.ecs.deleteSnapshot(new sdk.DeleteSnapshotRequest({ snapshotId }));
  const { body } = await alice.ecs.describeSnapshots(new sdk.DescribeSnapshotsRequest({ regionId: HANGZHOU }));
  assert.equal(body!.totalCount, 0);
});
