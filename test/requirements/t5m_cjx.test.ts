// t5m_cjx: images are indifferent to the charge type of source and target instance.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import sdk from '@alicloud/ecs20140526';
import { createInstanceWorld } from '../wire/instanceWorld.ts';

test('t5m_cjx: an image of a subscription instance is the same as of a pay-as-you-go one, and makes the latter', async () => {
  await using world = await createInstanceWorld();
  const alice = await world.launcher();
  const images: string[] = [];
  for (const chargeType of ['PrePaid', 'PostPaid'] as const) {
    const { id } = await alice.running();
    // Subscriptions can't be bought yet.
    await world.change('instances', id, { chargeType });
    const { body } = await alice.ecs.createImage(
      new sdk.CreateImageRequest({ regionId: 'cn-hangzhou', instanceId: id, imageName: `of-${chargeType}` }),
    );
    await world.world.settled();
    images.push(body!.imageId!);
  }
  const rows = await Promise.all(images.map((id) => world.row('images', id)));
  // Nothing of the charge type is in an image.
  const plain = rows.map((row) => ({ ...row, id: '', name: '', createdAt: 0, sourceInstanceId: '' }));
  assert.deepEqual(plain[0], plain[1]);
  for (const imageId of images) {
    const [made] = await alice.run({ imageId, instanceChargeType: 'PostPaid' });
    assert.equal((await world.row('instances', made!))!.chargeType, 'PostPaid');
  }
});
