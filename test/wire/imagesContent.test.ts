import assert from 'node:assert/strict';
import { test } from 'node:test';
import sdk from '@alicloud/ecs20140526';
import { createLifeWorld, HANGZHOU } from '../requirements/world.ts';

const BLOCK_BYTES = 4096;
/** Far from one another: each in a chunk of its own. */
const OFFSETS = [1, 2, 3].map((index) => index * 1024 ** 2);

test('an image of a running instance holds all its disks as they were at one moment, while writes go on', async () => {
  await using life = await createLifeWorld();
  const alice = await life.tenant('alice');
  const dataDisk = [new sdk.RunInstancesRequestDataDisk({ size: 20, category: 'cloud_essd' })];
  const { instanceId, diskIds } = await alice.run(await life.image(Buffer.alloc(1024 ** 2, 'base')), { dataDisk });

  // Round after round, over all disks in the same order, each write durable before the next.
  const asked = new AbortController();
  let rounds = 0;
  const write = async (round: number) => {
    for (const diskId of diskIds) {
      for (const offset of OFFSETS) await life.write(diskId, offset, Buffer.alloc(BLOCK_BYTES, `round ${round}.`));
    }
    rounds = round;
  };
  await write(1);
  const writing = (async () => {
    while (!asked.signal.aborted) await write(rounds + 1);
  })();
  const before = rounds;
  const { body } = await alice.ecs.createImage(new sdk.CreateImageRequest({ regionId: HANGZHOU, instanceId }));
  const after = rounds + 1;
  asked.abort();
  await writing;
  await write(rounds + 1);
  await life.settled();

  const { diskIds: made } = await alice.run(body!.imageId!);
  const seen: number[] = [];
  for (const diskId of made) {
    for (const offset of OFFSETS) {
      const block = await life.read(diskId, offset, BLOCK_BYTES);
      const round = Number(/^round (\d+)\./.exec(block.toString('latin1'))![1]);
      assert.deepEqual(block, Buffer.alloc(BLOCK_BYTES, `round ${round}.`));
      seen.push(round);
    }
  }
  // In the order of the writes a round is followed by itself or by the one before it, once.
  const [first] = seen as [number];
  const last = seen.at(-1)!;
  assert.deepEqual(
    seen,
    seen.toSorted((left, right) => right - left),
  );
  assert.ok(first - last <= 1, seen.join(' '));
  assert.ok(last >= before && first <= after, `${before} to ${after}: ${seen.join(' ')}`);
});
