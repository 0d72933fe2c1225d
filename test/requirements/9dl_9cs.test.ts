// 9dl_9cs: the default export is a `.raw.tar.gz` holding a `.raw` disk, written to a bucket; qcow2, vhd, vmdk too.
// That it boots in QEMU shows test/tiny.test.ts.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import sdk from '@alicloud/ecs20140526';
import { grant, makeBucket, unpacked } from './exports.ts';
import { contentOf, createLifeWorld, HANGZHOU } from './world.ts';

const GIB = 1024 ** 3;
const TAR_HEAD_BYTES = 512;
const qemuImg = (...argv: string[]) => execFileSync('qemu-img', argv, { encoding: 'utf8' });

test('9dl_9cs: an image with a data disk in each format is its disks, byte for byte', async () => {
  await using life = await createLifeWorld();
  const alice = await life.tenant('alice');
  const base = await life.image(contentOf('the base'));
  const dataDisk = [new sdk.RunInstancesRequestDataDisk({ size: 20 })];
  const { instanceId, diskIds } = await alice.run(base, { dataDisk });
  const contents = [contentOf('of the system'), contentOf('of the data')];
  for (const [index, content] of contents.entries()) await life.write(diskIds[index]!, 0, content);
  const imageId = await alice.createImage({ instanceId });
  await grant(life.world, alice, 'export-image');
  using bucket = await makeBucket(life.world, alice, 'exports');

  const exported = async (more: object): Promise<string[]> => {
    const wish = { regionId: HANGZHOU, imageId, OSSBucket: 'exports', OSSPrefix: 'lab1', ...more };
    const { body } = await alice.ecs.exportImage(new sdk.ExportImageRequest(wish));
    await life.settled();
    const asked = new sdk.DescribeTaskAttributeRequest({ regionId: HANGZHOU, taskId: body!.taskId });
    const { body: task } = await alice.ecs.describeTaskAttribute(asked);
    assert.deepEqual([task!.taskAction, task!.taskStatus, task!.taskProcess], ['ExportImage', 'Finished', '100%']);
    const items = task!.operationProgressSet!.operationProgress![0]!.relatedItemSet!.relatedItem!;
    return items.filter(({ name }) => name === 'OSSObject').map(({ value }) => value!);
  };

  const archives = await exported({});
  const names = [`lab1_${imageId}_system`, `lab1_${imageId}_data_xvdb`];
  assert.deepEqual(
    archives,
    names.map((name) => `${name}.raw.tar.gz`),
  );
  // Unpacking 40 GiB takes minutes: the beginnings of these, and below the whole of a small one.
  const raws: string[] = [];
  for (const [index, key] of archives.entries()) {
    const content = contents[index]!;
    const head = `gzip -dc "$0" 2>/dev/null | head -c ${TAR_HEAD_BYTES + content.length}`;
    const begin = execFileSync('sh', ['-c', head, await bucket.download(key)], { maxBuffer: 2 * content.length });
    assert.equal(begin.toString('latin1', 0, begin.indexOf(0)), `${names[index]}.raw`);
    assert.ok(begin.subarray(TAR_HEAD_BYTES).equals(content));
    const raw = join(bucket.folder, `plain-${index}.raw`);
    writeFileSync(raw, content);
    truncateSync(raw, [40 * GIB, 20 * GIB][index]!);
    raws.push(raw);
  }
  for (const [format, reader] of Object.entries({ QCOW2: 'qcow2', vhd: 'vpc', VMDK: 'vmdk' })) {
    const keys = await exported({ imageFormat: format });
    assert.deepEqual(
      keys,
      names.map((name) => `${name}.${format.toLowerCase()}`),
    );
    for (const [index, key] of keys.entries()) {
      const path = await bucket.download(key);
      if (reader !== 'vpc') assert.match(qemuImg('check', '-f', reader, path), /No errors/);
      assert.match(qemuImg('compare', '-f', 'raw', '-F', reader, raws[index]!, path), /^Images are identical/);
    }
  }
});

test('9dl_9cs: tar unpacks the export to the disk, and another Tongjing takes it', async () => {
  await using life = await createLifeWorld();
  const { operator } = life.world;
  const content = contentOf('a small disk', 9 * 1024 ** 2);
  const path = join(life.world.dataDir, 'small.raw');
  writeFileSync(path, content);
  const asked = { path, format: 'raw', name: 'small', regionId: HANGZHOU };
  const { imageId } = await life.operator<{ imageId: string }>('images/import', asked);
  await life.settled();
  await grant(life.world, operator, 'export-image');
  using bucket = await makeBucket(life.world, operator, 'exports');
  const wish = { regionId: HANGZHOU, imageId, OSSBucket: 'exports' };
  await life.world.ecs(operator).exportImage(new sdk.ExportImageRequest(wish));
  await life.settled();
  const raw = unpacked(await bucket.download(`${imageId}_system.raw.tar.gz`), bucket.folder);
  assert.ok(readFileSync(raw).equals(content));

  await using other = await createLifeWorld();
  const again = { path: raw, format: 'raw', name: 'again', regionId: HANGZHOU };
  const imported = await other.operator<{ imageId: string }>('images/import', again);
  await other.settled();
  assert.ok((await other.read(imported.imageId, 0, content.length)).equals(content));
});
