// j80_1pu: exporting needs a permission that a granted ticket gives; without it the call is refused.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import sdk from '@alicloud/ecs20140526';
import { tongjingClient } from '../wire/tongjingClient.ts';
import { grant, makeBucket } from './exports.ts';
import { contentOf, createLifeWorld, HANGZHOU } from './world.ts';

test('j80_1pu: without a granted ticket an export is refused, with one it is not, taken back it is again', async () => {
  await using life = await createLifeWorld();
  const alice = await life.tenant('alice');
  const bob = await life.tenant('bob');
  const { instanceId } = await alice.run(await life.image(contentOf('the base')));
  const imageId = await alice.createImage({ instanceId });
  using bucket = await makeBucket(life.world, alice, 'exports');
  const wish = { regionId: HANGZHOU, imageId, OSSBucket: 'exports' };
  const exports = () => alice.ecs.exportImage(new sdk.ExportImageRequest(wish));

  const refusal = await life.refuses('UserNotInTheWhiteList', 403, exports);
  assert.match(refusal.message, /SubmitTicket/);
  // Nobody else's ticket, nor one that waits.
  await grant(life.world, bob, 'export-image');
  await tongjingClient(life.world, alice)('SubmitTicket', { Kind: 'export-image', Reason: 'a lab' });
  await life.refuses('UserNotInTheWhiteList', 403, exports);

  const TicketId = await grant(life.world, alice, 'export-image');
  const { body } = await exports();
  assert.equal(body!.regionId, HANGZHOU);
  await life.settled();
  assert.deepEqual(await bucket.keys(), [`${imageId}_system.raw.tar.gz`]);

  await tongjingClient(life.world, life.world.operator)('RefuseTicket', { TicketId });
  await life.refuses('UserNotInTheWhiteList', 403, exports);
});
