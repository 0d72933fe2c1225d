import assert from 'node:assert/strict';
import { test } from 'node:test';
import sdk from '@alicloud/ecs20140526';
import { buildWithPacker } from '../packer.ts';
import { createImageWorld } from './imageWorld.ts';

const [HANGZHOU, BEIJING] = ['cn-hangzhou', 'cn-beijing'];

/** All of its calls but logging in, which takes a guest: network, elastic IP, key pair, instance, image, tags, copy, sharing, and taking everything away. */
test('Debian’s Packer makes an image through the service as its proxy, copies and shares it, and leaves nothing else', async () => {
  await using world = await createImageWorld();
  const [alice, bob] = [await world.party(), await world.party()];
  const { endpoint, dataDir } = world.world;
  const made = await buildWithPacker({
    folder: dataDir,
    endpoint,
    account: alice,
    regionId: HANGZHOU,
    sourceImage: await world.image(alice),
    copyTo: BEIJING,
    shareWith: bob.accountId,
    builder: { communicator: 'none', tags: { by: 'packer' } },
  });
  await world.world.settled();

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
