import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { CHUNK_BYTES } from '../blocks/format.ts';
import type { NbdClient } from './nbd/client.ts';
import { REGION, snapshot, startVolumes, type VolumesFixture } from './volumesFixture.ts';

const CHUNKS = 8;
const SIZE = CHUNKS * CHUNK_BYTES;
const create = (s: VolumesFixture, volumeId: string, more: object = {}) =>
  s.volumes.create({ volumeId, regionId: REGION, sizeBytes: SIZE, baseRoot: null, keyId: null, ...more });
const bytes = (fill: string, length = 4096) => Buffer.alloc(length, fill);

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setImmediate(resolve));
}

/** A write to the volume and to its model. */
async function write(client: NbdClient, model: Buffer, offset: number, data: Buffer): Promise<void> {
  data.copy(model, offset);
  await client.write(offset, data);
}

test('snapshots of a volume in use hold what was acknowledged before, and store what changed', async () => {
  await using s = await startVolumes('freezes');
  const base = new Map([0, 3].map((index) => [index, bytes(`base ${index}`, CHUNK_BYTES)]));
  const baseRoot = await s.stored(base);
  await create(s, 'v-1', { baseRoot });
  const model = s.contentOf(baseRoot, SIZE);
  const client = await s.client('v-1');
  await write(client, model, 1000, bytes('not aligned', 9000));
  await write(client, model, 5 * CHUNK_BYTES, bytes('not flushed'));
  await client.trim(3 * CHUNK_BYTES, 8192);
  model.fill(0, 3 * CHUNK_BYTES, 3 * CHUNK_BYTES + 8192);

  await s.volumes.freeze(['v-1'], 'one');
  const frozen = Buffer.from(model);
  await s.volumes.freeze(['v-1'], 'one');
  await write(client, model, 0, bytes('later', CHUNK_BYTES));
  await write(client, model, 5 * CHUNK_BYTES + 512, bytes('later', 512));
  await write(client, model, 6 * CHUNK_BYTES, bytes('later', 512));
  await client.writeZeroes(3 * CHUNK_BYTES + 4096, 20_000);
  model.fill(0, 3 * CHUNK_BYTES + 4096, 3 * CHUNK_BYTES + 24_096);
  const one = await snapshot(s, 'v-1', 'one');
  assert.equal(one.sizeBytes, SIZE);
  assert.ok(one.storedBytes > 0);
  assert.ok(s.contentOf(one.root, SIZE).equals(frozen));

  await s.volumes.freeze(['v-1'], 'two');
  const two = await snapshot(s, 'v-1', 'two');
  assert.ok(s.contentOf(two.root, SIZE).equals(model));
  // Nothing since: nothing stored, the same root.
  await s.volumes.freeze(['v-1'], 'three');
  assert.deepEqual(await snapshot(s, 'v-1', 'three'), { root: two.root, sizeBytes: SIZE, storedBytes: 0 });
  await client.disconnect();
});

test('a writer in full swing: a freeze is a cut between two of its writes', async () => {
  await using s = await startVolumes('freezes');
  await create(s, 'v-1');
  const client = await s.client('v-1');
  const slots = SIZE / 4096;
  const counter = (count: number) => {
    const block = Buffer.alloc(4096);
    block.writeUInt32LE(count);
    return block;
  };
  const state = { acknowledged: 0, isOver: false };
  const writing = (async () => {
    for (let count = 1; !state.isOver; count++) {
      await client.write(((count * 7) % slots) * 4096, counter(count));
      state.acknowledged = count;
    }
  })();
  for (let turn = 0; turn < 4; turn++) {
    const target = state.acknowledged + 300;
    await until(() => state.acknowledged >= target);
    const before = state.acknowledged;
    await s.volumes.freeze(['v-1'], `freeze ${turn}`);
    const after = state.acknowledged + 1;
    const { root } = await snapshot(s, 'v-1', `freeze ${turn}`, turn % 2 === 0);
    const content = s.contentOf(root, SIZE);
    const found = Array.from({ length: slots }, (_, slot) => content.readUInt32LE(slot * 4096));
    const last = Math.max(...found);
    assert.ok(last >= before && last <= after, `${last} is not between ${before} and ${after}`);
    // Exactly what writes 1…last leave.
    const expected = Array.from({ length: slots }, () => 0);
    for (let count = 1; count <= last; count++) expected[(count * 7) % slots] = count;
    assert.deepEqual(found, expected);
  }
  state.isOver = true;
  await writing;
  await client.disconnect();
});

test('volumes are frozen at one moment', async () => {
  await using s = await startVolumes('freezes');
  const ids = ['v-1', 'v-2', 'v-3'];
  for (const id of ids) await create(s, id);
  const clients = await Promise.all(ids.map((id) => s.client(id)));
  const state = { rounds: 0, isOver: false };
  const writing = (async () => {
    for (; !state.isOver; state.rounds++) {
      const block = Buffer.alloc(512);
      block.writeUInt32LE(state.rounds + 1);
      // A guest that writes to one disk after another has written, on each, what it wrote on those before it.
      for (const client of clients) await client.write(0, block);
    }
  })();
  for (let turn = 0; turn < 3; turn++) {
    const target = state.rounds + 50;
    await until(() => state.rounds >= target);
    await s.volumes.freeze(ids, `freeze ${turn}`);
    const counts: number[] = [];
    for (const id of ids) counts.push(s.contentOf((await snapshot(s, id, `freeze ${turn}`)).root, 4096).readUInt32LE());
    const [first, second, third] = counts as [number, number, number];
    assert.ok(first >= second && second >= third && third >= first - 1, `not one moment: ${counts.join(', ')}`);
  }
  state.isOver = true;
  await writing;
});

test('a freeze waits for the one before it to be thawed', async () => {
  await using s = await startVolumes('freezes');
  await create(s, 'v-1');
  const client = await s.client('v-1');
  await client.write(0, bytes('one'));
  await s.volumes.freeze(['v-1'], 'one');
  const second = s.volumes.freeze(['v-1'], 'two');
  await client.write(0, bytes('two'));
  const stored = await snapshot(s, 'v-1', 'one');
  assert.ok(s.contentOf(stored.root, 4096).equals(bytes('one')));
  await second;
  assert.ok(s.contentOf((await snapshot(s, 'v-1', 'two')).root, 4096).equals(bytes('two')));
  await client.disconnect();
});

test('a freeze dies with its process; what it held is still to be stored', async () => {
  await using s = await startVolumes('freezes');
  await create(s, 'v-1');
  const client = await s.client('v-1');
  await client.write(0, bytes('flushed'));
  await client.flush();
  await s.volumes.freeze(['v-1'], 'one');
  await s.kill('v-1');
  await using lease = await s.lease();
  await assert.rejects(s.volumes.store('v-1', 'one', { lease }), { code: 'FreezeLost' });
  await s.client('v-1');
  await assert.rejects(s.volumes.store('v-1', 'one', { lease }), { code: 'FreezeLost' });
  await s.volumes.thaw('v-1', 'one', null);
  await s.volumes.freeze(['v-1'], 'two');
  assert.ok(s.contentOf((await snapshot(s, 'v-1', 'two')).root, 4096).equals(bytes('flushed')));
});

test('a freeze that cannot keep what is overwritten is lost, and the guest goes on', async () => {
  await using s = await startVolumes('freezes');
  await create(s, 'v-1');
  const client = await s.client('v-1');
  await client.write(7 * CHUNK_BYTES, bytes('held'));
  await s.volumes.freeze(['v-1'], 'one');
  const { pid } = await s.status('v-1');
  // No file of its may grow beyond this: as a full disk.
  execFileSync('prlimit', ['--pid', String(pid), `--fsize=${CHUNK_BYTES}:`]);
  await client.trim(7 * CHUNK_BYTES, 4096);
  execFileSync('prlimit', ['--pid', String(pid), '--fsize=unlimited:']);
  await using lease = await s.lease();
  await assert.rejects(s.volumes.store('v-1', 'one', { lease }), { code: 'FreezeLost' });
  await s.volumes.thaw('v-1', 'one', null);
  await s.volumes.freeze(['v-1'], 'two');
  const { root } = await snapshot(s, 'v-1', 'two');
  assert.equal(root, null);
  await client.disconnect();
});

test('a freeze outlives the service and the end of its clients', async () => {
  await using s = await startVolumes('freezes');
  await create(s, 'v-1');
  const client = await s.client('v-1');
  await client.write(0, bytes('held'));
  await s.volumes.freeze(['v-1'], 'one');
  await s.volumes.close('v-1');
  await client.ended;
  assert.equal((await s.status('v-1')).isServing, false);
  // Served again meanwhile.
  const next = await s.client('v-1');
  await next.write(0, bytes('later'));
  await s.volumes[Symbol.asyncDispose]();
  await next.ended;
  await s.replaceService();
  const { root } = await snapshot(s, 'v-1', 'one');
  assert.ok(s.contentOf(root, 4096).equals(bytes('held')));
  await s.ended('v-1');
  assert.ok((await (await s.client('v-1')).read(0, 4096)).equals(bytes('later')));
});
