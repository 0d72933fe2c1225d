import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import sdk from '@alicloud/ecs20140526';
import { createImageWorld } from './imageWorld.ts';

const execute = promisify(execFile);
const [HANGZHOU, BEIJING] = ['cn-hangzhou', 'cn-beijing'];

/** All of its calls but logging in, which takes a guest: network, elastic IP, key pair, instance, image, tags, copy, sharing, and taking everything away. */
test('Debian’s Packer makes an image through the service as its proxy, copies and shares it, and leaves nothing else', async () => {
  await using world = await createImageWorld();
  const [alice, bob] = [await world.party(), await world.party()];
  const { endpoint, dataDir } = world.world;
  const builder = {
    type: 'alicloud-ecs',
    access_key: alice.accessKeyId,
    secret_key: alice.accessKeySecret,
    region: HANGZHOU,
    image_name: 'built',
    source_image: await world.image(alice),
    instance_type: 'ecs.g6.large',
    io_optimized: true,
    internet_charge_type: 'PayByTraffic',
    communicator: 'none',
    image_disk_mappings: [
      {
        disk_name: 'data',
        disk_size: 20,
        disk_category: 'cloud_essd',
        disk_device: '/dev/xvdb',
        disk_delete_with_instance: true,
      },
    ],
    image_copy_regions: [BEIJING],
    image_copy_names: ['copied'],
    image_share_account: [bob.accountId],
    tags: { by: 'packer' },
  };
  const template = join(dataDir, 'template.json');
  writeFileSync(template, JSON.stringify({ builders: [builder] }));
  const { stdout } = await execute('packer', ['build', '-color=false', template], {
    cwd: dataDir,
    env: { ...process.env, HOME: dataDir, HTTP_PROXY: endpoint, HTTPS_PROXY: endpoint, CHECKPOINT_DISABLE: '1' },
  }).catch((error: Error & { stdout: string }) => assert.fail(error.stdout));
  await world.world.settled();

  const made = new Map([...stdout.matchAll(/^(cn-[a-z]+): (m-\w+)$/gm)].map(([, region, id]) => [region!, id!]));
  assert.deepEqual([...made.keys()].sort(), [BEIJING, HANGZHOU], stdout);
  for (const [regionId, imageId] of made) {
    for (const { ecs } of [alice, bob]) {
      const { body } = await ecs.describeImages(new sdk.DescribeImagesRequest({ regionId, imageId }));
      const [image] = body!.images!.image!;
      assert.equal(image?.status, 'Available');
      assert.equal(image.imageName, regionId === HANGZHOU ? 'built' : 'copied');
      assert.equal(image.diskDeviceMappings!.diskDeviceMapping!.length, 2);
    }
  }
  const request = { regionId: HANGZHOU, imageId: made.get(HANGZHOU)! };
  const { body: tagged } = await alice.ecs.describeImages(new sdk.DescribeImagesRequest(request));
  assert.deepEqual(
    tagged!.images!.image![0]!.tags!.tag!.map(({ tagKey, tagValue }) => [tagKey, tagValue]),
    [['by', 'packer']],
  );
  const { read } = world.world.parts.database;
  for (const table of ['vpcs', 'vSwitches', 'securityGroups', 'keyPairs', 'eips', 'instances', 'disks'] as const) {
    const rows = await read.selectFrom(table).selectAll().where('accountId', '=', alice.accountId).execute();
    assert.deepEqual(rows, [], table);
  }
});
