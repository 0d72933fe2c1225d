// 1ff_9s6: a snapshot can't be downloaded; an image made from it can be exported.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import sdk from '@alicloud/ecs20140526';
import { contentOf, createLifeWorld, HANGZHOU } from './world.ts';

test('1ff_9s6: a snapshot is not exported, the image of it is, byte for byte', async () => {
  await using life = await createLifeWorld();
  const alice = await life.tenant('alice');
  const { diskIds } = await alice.run(await life.image(contentOf('the base')));
  const content = contentOf('what is to be taken home');
  await life.write(diskIds[0]!, 0, content);
  const snapshotId = await alice.snapshot(diskIds[0]!);
  const path = join(life.world.dataDir, 'taken.raw');

  await life.refuses('UserNotInTheWhiteList', 403, () =>
    alice.ecs.exportSnapshot(new sdk.ExportSnapshotRequest({ regionId: HANGZHOU, snapshotId, ossBucket: 'bucket' })),
  );
  await assert.rejects(life.operator('images/export', { imageId: snapshotId, path }), /InvalidImageId\.NotFound/);
  await life.settled();
  assert.ok(!existsSync(path));

  const imageId = await alice.createImage({ snapshotId });
  await life.operator('images/export', { imageId, path });
  await life.settled();
  await using file = await open(path);
  const { buffer } = await file.read({ buffer: Buffer.alloc(content.length), position: 0 });
  assert.deepEqual(buffer, content);
});
