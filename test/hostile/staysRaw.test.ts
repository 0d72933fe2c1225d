import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import sdk from '@alicloud/ecs20140526';
import { grant, makeBucket } from '../requirements/exports.ts';
import { contentOf, createLifeWorld, HANGZHOU } from '../requirements/world.ts';

const TAR_HEAD_BYTES = 512;

test('a disk whose guest wrote the header of a qcow2 file stays the bytes that it is', async () => {
  await using life = await createLifeWorld();
  const alice = await life.tenant('alice');
  const base = await life.image(contentOf('the system', 64 * 1024));
  const secret = join(life.world.dataDir, 'secret');
  writeFileSync(secret, 'nobody may ever read this '.repeat(40_000));
  const backed = join(life.world.dataDir, 'backed.qcow2');
  execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', '-F', 'raw', '-b', secret, backed]);
  const header = Buffer.alloc(64 * 1024);
  readFileSync(backed).copy(header);
  const isStill = async (id: string) => assert.ok((await life.read(id, 0, header.length)).equals(header), id);

  const first = await alice.run(base);
  await life.write(first.diskIds[0]!, 0, header);
  await isStill(first.diskIds[0]!);
  const snapshotId = await alice.snapshot(first.diskIds[0]!);
  await isStill(snapshotId);
  const imageId = await alice.createImage({ regionId: HANGZHOU, snapshotId, imageName: 'written' });
  await isStill(imageId);
  const second = await alice.run(imageId);
  await isStill(second.diskIds[0]!);

  await grant(life.world, alice, 'export-image');
  using bucket = await makeBucket(life.world, alice, 'exports');
  const plain = join(bucket.folder, 'plain.raw');
  writeFileSync(plain, header);
  truncateSync(plain, 40 * 1024 ** 3);
  for (const [imageFormat, reader] of Object.entries({ RAW: null, QCOW2: 'qcow2', VMDK: 'vmdk' })) {
    const wish = { regionId: HANGZHOU, imageId, OSSBucket: 'exports', imageFormat };
    await alice.ecs.exportImage(new sdk.ExportImageRequest(wish));
    await life.settled();
    const path = await bucket.download(`${imageId}_system.${reader ?? 'raw.tar.gz'}`);
    if (reader === null) {
      const head = `gzip -dc "$0" 2>/dev/null | head -c ${TAR_HEAD_BYTES + header.length}`;
      const begin = execFileSync('sh', ['-c', head, path], { maxBuffer: 2 * (TAR_HEAD_BYTES + header.length) });
      assert.ok(begin.subarray(TAR_HEAD_BYTES).equals(header));
    } else {
      const compared = execFileSync('qemu-img', ['compare', '-f', 'raw', '-F', reader, plain, path], {
        encoding: 'utf8',
      });
      assert.match(compared, /^Images are identical/);
    }
  }
});
