// nvl_tpi: images flagged as not supporting I/O-optimised instances are refused there; a request (ticket) lifts it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import sdk from '@alicloud/ecs20140526';
import { createInstanceWorld } from '../wire/instanceWorld.ts';
import { tongjingClient } from '../wire/tongjingClient.ts';

test('nvl_tpi: an image without I/O optimisation is refused until a ticket is granted', async () => {
  await using world = await createInstanceWorld();
  const alice = await world.launcher();
  const ask = tongjingClient(world.world, alice);
  const imageId = await world.image(alice, { isSupportIoOptimized: 0 });
  const other = await world.image(alice, { isSupportIoOptimized: 0 });
  const run = (id: string) => () => alice.run({ imageId: id, ioOptimized: 'optimized' });
  await world.refuses('IoOptimized.NotSupported', 403, run(imageId));
  const fitting = async () => {
    const request = new sdk.DescribeImagesRequest({
      regionId: 'cn-hangzhou',
      imageOwnerAlias: 'self',
      instanceType: 'ecs.g7.large',
    });
    return (await alice.ecs.describeImages(request)).body!.images!.image!.map((image) => image.imageId!).sort();
  };
  const fittingAnyway = await fitting();
  assert.ok(!fittingAnyway.includes(imageId));
  const wish = { Kind: 'io-optimised-image', ImageId: imageId, Reason: 'virtio is in it' };
  const { TicketId } = await ask<{ TicketId: string }>('SubmitTicket', wish);
  await world.refuses('IoOptimized.NotSupported', 403, run(imageId));
  await tongjingClient(world.world, world.operator)('GrantTicket', { TicketId });
  assert.equal((await run(imageId)()).length, 1);
  assert.deepEqual(await fitting(), [...fittingAnyway, imageId].sort());
  await world.refuses('IoOptimized.NotSupported', 403, run(other));
});
