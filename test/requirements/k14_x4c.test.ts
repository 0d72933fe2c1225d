// k14_x4c: no size limit, but above 500 GiB a ticket has to be granted first.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import sdk from '@alicloud/ecs20140526';
import { createImageWorld } from '../wire/imageWorld.ts';
import { tongjingClient } from '../wire/tongjingClient.ts';

test('k14_x4c: above 500 GiB a copy wants a granted ticket', async () => {
  await using world = await createImageWorld();
  const alice = await world.party();
  const just = await world.image(alice, { sizeGib: 20 }, [{ sourceDiskSizeGib: 480 }]);
  const large = await world.image(alice, { sizeGib: 20 }, [{ sourceDiskSizeGib: 481 }]);
  const copy = (imageId: string) => () =>
    alice.ecs.copyImage(
      new sdk.CopyImageRequest({ regionId: 'cn-hangzhou', imageId, destinationRegionId: 'cn-beijing' }),
    );
  await copy(just)();
  await world.refuses('SizeExceed.Image', 403, copy(large));
  const wish = { Kind: 'copy-above-500-gib', Reason: 'it is large' };
  const { TicketId } = await tongjingClient(world.world, alice)<{ TicketId: string }>('SubmitTicket', wish);
  await world.refuses('SizeExceed.Image', 403, copy(large));
  await tongjingClient(world.world, world.operator)('GrantTicket', { TicketId });
  const { body } = await copy(large)();
  await world.world.settled();
  assert.equal((await world.row('images', body!.imageId!))!.status, 'Available');
});
