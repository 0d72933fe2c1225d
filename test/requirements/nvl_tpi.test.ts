// nvl_tpi: images flagged as not supporting I/O-optimised instances are refused there; a request (ticket) lifts it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
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
  const wish = { Kind: 'io-optimised-image', ImageId: imageId, Reason: 'virtio is in it' };
  const { TicketId } = await ask<{ TicketId: string }>('SubmitTicket', wish);
  await world.refuses('IoOptimized.NotSupported', 403, run(imageId));
  await tongjingClient(world.world, world.operator)('GrantTicket', { TicketId });
  assert.equal((await run(imageId)()).length, 1);
  await world.refuses('IoOptimized.NotSupported', 403, run(other));
});
