// wzx_44c: progress, transfer rate and queue position of copies are visible; only chunks missing at the target travel.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import sdk from '@alicloud/ecs20140526';
import { until } from '../until.ts';
import { createImageWorld } from '../wire/imageWorld.ts';
import { goRequest, send } from '../wire/rawClient.ts';
import { tongjingClient } from '../wire/tongjingClient.ts';
import { BEIJING, contentOf, createLifeWorld, HANGZHOU, MIB } from './world.ts';

const GIB = 1024 ** 3;
const CHUNK_BYTES = 256 * 1024;

interface CopyProgress {
  TaskStatus: string;
  Percent: number;
  BytesMoved: number;
  BytesTotal: number;
  BytesPerSecond: number;
  QueuePosition: number;
  RemainingSeconds?: number;
}

test('wzx_44c: how far a copy is, how fast, how long yet, and how many go before it', async () => {
  await using world = await createImageWorld();
  const alice = await world.party();
  const bob = await world.party();
  const release = world.world.plane.hold('copy');
  const copy = async (imageId: string) => {
    const request = { regionId: HANGZHOU, imageId, destinationRegionId: BEIJING };
    return (await alice.ecs.copyImage(new sdk.CopyImageRequest(request))).body!.imageId!;
  };
  const ask = (imageId: string) =>
    tongjingClient(world.world, alice)<CopyProgress>('DescribeCopyProgress', { RegionId: BEIJING, ImageId: imageId });

  const copies: string[] = [];
  for (let index = 0; index < 3; index++) {
    const source = await world.image(alice);
    for (const id of await world.snapshotsOf(source)) await world.change('snapshots', id, { sizeBytes: 20 * GIB });
    copies.push(await copy(source));
  }
  const [first, , third] = copies as [string, string, string];
  await until(async () => (await ask(first)).Percent === 50);
  world.world.advance(10_000);
  const halfway = await ask(first);
  const bytes = { BytesMoved: 10 * GIB, BytesTotal: 20 * GIB };
  assert.partialDeepStrictEqual(halfway, { TaskStatus: 'Processing', ...bytes, QueuePosition: 0 });
  // A little more than ten seconds have passed.
  assert.ok(halfway.BytesPerSecond > 0.5 * GIB && halfway.BytesPerSecond <= GIB, `${halfway.BytesPerSecond} bytes/s`);
  assert.equal(halfway.RemainingSeconds, Math.ceil((10 * GIB) / halfway.BytesPerSecond));
  assert.partialDeepStrictEqual(await ask(third), { TaskStatus: 'Waiting', Percent: 0, QueuePosition: 2 });

  const own = await world.image(alice, { regionId: BEIJING });
  const refusals: [string, number, typeof alice, string][] = [
    ['InvalidImageId.NotFound', 404, bob, first],
    ['InvalidImageId.NotFound', 404, alice, 'm-none'],
    ['ImageCreatedNotFromCopy', 400, alice, own],
  ];
  for (const [code, status, party, imageId] of refusals) {
    const raw = goRequest(party, {
      action: 'DescribeCopyProgress',
      version: '2026-11-01',
      parameters: { RegionId: BEIJING, ImageId: imageId },
    });
    const answer = await send(world.world.endpoint, raw);
    assert.deepEqual([answer.status, answer.json['Code']], [status, code]);
  }

  release();
  await world.world.settled();
  const done = { TaskStatus: 'Finished', Percent: 100, BytesMoved: 20 * GIB, BytesTotal: 20 * GIB, QueuePosition: 0 };
  for (const imageId of copies) assert.partialDeepStrictEqual(await ask(imageId), done);
});

test('wzx_44c: of a second copy only what changed travels, and it holds the whole', async () => {
  await using life = await createLifeWorld();
  const alice = await life.tenant('alice');
  const content = contentOf('the system', 8 * MIB);
  const { instanceId, diskIds } = await alice.run(await life.image(content));
  const chunksThere = async () => (await life.world.parts.blocks.usage(BEIJING)).chunks;

  await alice.copyImage({
    imageId: await alice.createImage({ instanceId }),
    destinationRegionId: BEIJING,
  });
  const before = await chunksThere();
  assert.ok(before >= (8 * MIB) / CHUNK_BYTES);
  const change = contentOf('changed', CHUNK_BYTES);
  await life.write(diskIds[0]!, 4 * MIB, change);
  const copyId = await alice.copyImage({
    imageId: await alice.createImage({ instanceId }),
    destinationRegionId: BEIJING,
  });

  // One chunk, and the pages of the map above it.
  assert.ok((await chunksThere()) - before <= 5, `${(await chunksThere()) - before} chunks`);
  change.copy(content, 4 * MIB);
  const { diskIds: there } = await alice.run(copyId, await alice.network(BEIJING));
  assert.deepEqual(await life.read(there[0]!, 0, content.length), content);
});
