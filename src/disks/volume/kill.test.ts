import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { test } from 'node:test';
import { CHUNK_BYTES } from '../../blocks/format.ts';
import { contentKey } from '../../blocks/storeFixture.ts';
import type { ContentKey } from '../../keys/keys.ts';
import type { NbdClient } from '../nbd/client.ts';
import { CommandFlag } from '../nbd/wire.ts';
import { REGION, startVolumes, type VolumesFixture } from '../volumesFixture.ts';

/**
 * kill -9 of a volume's process in the middle of writes, flushes and freezes. What was flushed is there; of what was not, each block is
 * as it was or as one of the writes since made it; and the next snapshot, incremental, is what the volume reads as.
 * `VOLUME_KILL_SEED` replays a run, `VOLUME_KILLS` makes it longer.
 */
const SEED = Number(process.env['VOLUME_KILL_SEED'] ?? randomInt(2 ** 31));
const KILLS = Number(process.env['VOLUME_KILLS'] ?? 15);

const SIZE = 6 * CHUNK_BYTES;
const BLOCK = 4096;
const DEPTH = 8;

/** mulberry32. */
function createRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

interface Model {
  /** With everything that was asked for. */
  now: Buffer;
  /** Of each block, the contents that it may have after a kill. */
  possible: Set<string>[];
}

const blockOf = (content: Buffer, block: number) => content.toString('latin1', block * BLOCK, (block + 1) * BLOCK);

function settle(model: Model, content: Buffer): void {
  model.now = content;
  model.possible = Array.from({ length: SIZE / BLOCK }, (_, block) => new Set([blockOf(content, block)]));
}

for (const [name, key] of [
  ['a plain volume', null],
  ['an encrypted volume', contentKey('k-1')],
] as const)
  test(`flushed writes survive kill -9 of ${name} (seed ${SEED})`, () => survive(key));

async function survive(key: ContentKey | null): Promise<void> {
  const random = createRandom(SEED);
  await using s = await startVolumes('kill');
  const base = new Map([0, 2, 3].map((index) => [index, Buffer.alloc(CHUNK_BYTES, `base ${index} `)]));
  const baseRoot = await s.stored(base, key);
  await s.volumes.create({ volumeId: 'v-1', regionId: REGION, sizeBytes: SIZE, baseRoot, keyId: key?.id ?? null });
  const model: Model = { now: Buffer.alloc(0), possible: [] };
  settle(model, s.contentOf(baseRoot, SIZE, key));

  for (let round = 0; round < KILLS; round++) {
    const client = await s.client('v-1');
    const found = await client.read(0, SIZE);
    for (let block = 0; block < SIZE / BLOCK; block++)
      assert.ok(model.possible[block]!.has(blockOf(found, block)), `round ${round}: block ${block} was lost`);
    settle(model, found);
    if (round % 3 === 2) await checkSnapshot(s, `check ${round}`, found, key);
    await writeUntilKilled(s, client, model, random, round);
  }
}

async function checkSnapshot(
  s: VolumesFixture,
  freezeId: string,
  expected: Buffer,
  key: ContentKey | null,
): Promise<void> {
  await s.volumes.freeze(['v-1'], freezeId);
  await using lease = await s.lease();
  const { root } = await s.volumes.store('v-1', freezeId, { lease });
  await s.volumes.thaw('v-1', freezeId, { root });
  assert.ok(s.contentOf(root, SIZE, key).equals(expected), `${freezeId}: the snapshot is not what the volume holds`);
}

async function writeUntilKilled(
  s: VolumesFixture,
  client: NbdClient,
  model: Model,
  random: (below: number) => number,
  round: number,
): Promise<void> {
  const { pid } = await s.status('v-1');
  const underWay = new Set<Promise<unknown>>();
  /** Requests that the kill overtakes fail; what they may have done is in the model. */
  const start = (request: Promise<unknown>) => {
    const settled = request.catch(() => {}).finally(() => underWay.delete(settled));
    underWay.add(settled);
  };
  let freezing: Promise<unknown> = Promise.resolve();
  for (let left = 5 + random(120); left > 0; left--) {
    if (underWay.size >= DEPTH) await Promise.race(underWay);
    const kind = random(20);
    if (kind === 0) {
      // The last request before the kill may be a flush that is still under way: it counts once it is answered.
      await Promise.all(underWay);
      const flushed = Buffer.from(model.now);
      const flush = client.flush();
      if (left > 1) {
        await flush;
        settle(model, flushed);
      } else start(flush);
    } else if (kind === 1) {
      freezing = storeAndForget(s, `round ${round}, ${left}`, random(2) === 0);
      if (random(2) === 0) await freezing;
    } else start(change(client, model, random));
  }
  process.kill(pid, 'SIGKILL');
  await client.ended;
  await Promise.all([...underWay, freezing]);
}

/** A snapshot beside the writes; it may be overtaken by the kill at any step. */
async function storeAndForget(s: VolumesFixture, freezeId: string, commit: boolean): Promise<void> {
  try {
    await s.volumes.freeze(['v-1'], freezeId);
    await using lease = await s.lease();
    const { root } = await s.volumes.store('v-1', freezeId, { lease });
    await s.volumes.thaw('v-1', freezeId, commit ? { root } : null);
  } catch (error) {
    const { code } = error as { code?: string };
    assert.ok(code === 'FreezeLost' || code === 'VolumeProcessDied' || code === 'VolumeFrozen', String(error));
  }
}

function change(client: NbdClient, model: Model, random: (below: number) => number): Promise<unknown> {
  const isAligned = random(2) === 0;
  const unit = isAligned ? BLOCK : 1;
  const offset = random(SIZE / unit) * unit;
  const length = Math.min(SIZE - offset, (1 + random(Math.ceil((random(4) === 0 ? 200_000 : 12_000) / unit))) * unit);
  const kind = random(5);
  let request: Promise<unknown>;
  if (kind === 0) {
    model.now.fill(0, offset, offset + length);
    request = client.writeZeroes(offset, length);
  } else if (kind === 1 && isAligned) {
    model.now.fill(0, offset, offset + length);
    request = client.trim(offset, length);
  } else {
    const data = Buffer.alloc(length, `${random(1e9)} `);
    data.copy(model.now, offset);
    request = client.write(offset, data);
  }
  for (let block = Math.floor(offset / BLOCK); block * BLOCK < offset + length; block++)
    model.possible[block]!.add(blockOf(model.now, block));
  return request;
}

test('a write with FUA survives kill -9, alone', async () => {
  await using s = await startVolumes('kill');
  await s.volumes.create({ volumeId: 'v-1', regionId: REGION, sizeBytes: SIZE, baseRoot: null, keyId: null });
  for (const [turn, write] of [
    (client: NbdClient) => client.write(5000, Buffer.alloc(3000, 1), CommandFlag.fua),
    (client: NbdClient) => client.writeZeroes(6000, 1000, CommandFlag.fua),
    (client: NbdClient) => client.trim(4096, 4096, CommandFlag.fua),
  ].entries()) {
    const client = await s.client('v-1');
    await write(client);
    const expected = await client.read(0, 16_384);
    await s.kill('v-1');
    const again = await s.client('v-1');
    assert.ok((await again.read(0, 16_384)).equals(expected), `write ${turn}`);
    await again.disconnect();
  }
});
