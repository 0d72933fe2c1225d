import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import sdk from '@alicloud/ecs20140526';
import { WorldFault } from '../../src/base/worldFault.ts';
import type { Machines } from '../../src/machines/machines.ts';
import { createMachines } from '../fakes/machines.ts';
import { copy, createExtensionWorld, REGION, remove, type ExtensionParty } from './extensionWorld.ts';

const LOGIN = '\r\nDebian GNU/Linux 12 proof ttyS0\r\n\r\nproof login: ';
const PANIC = '[    1.5] Kernel panic - not syncing: VFS: Unable to mount root fs\x1b[31m on <b>(0,0)</b>';
const PICTURE = Buffer.from('\x89PNG', 'latin1');

interface Proof {
  Status?: string;
  Reached?: string;
  Reason?: string;
  StartTime?: string;
  EndTime?: string;
  ConsoleOutput?: string;
  Screenshot?: string;
}

/** What the next machine's guest writes to its serial line. */
let written = LOGIN;
const screenshot = async () => PICTURE;
const machines = createMachines({
  driver: 'qemu',
  consoleOutput: async () => ({ bytes: Buffer.from(written), writtenAt: 0 }),
  screenshot,
});
let world: Awaited<ReturnType<typeof createExtensionWorld>>;
before(async () => {
  world = await createExtensionWorld({ machines });
});
after(() => world[Symbol.asyncDispose]());

const proofOf = (party: ExtensionParty, ImageId: string) => party.ask<Proof>('DescribeImageBootProof', { ImageId });
const prove = (party: ExtensionParty, ImageId: string) => party.ask('ProveImage', { ImageId });
const require = (party: ExtensionParty) => party.ask('ModifyAccountImageSettings', { BootProof: 'required' });
const statusOf = async (imageId: string) => (await world.row('images', imageId))?.status;

async function create(party: ExtensionParty): Promise<string> {
  const snapshotId = await world.snapshot(party);
  const { body } = await party.ecs.createImage(new sdk.CreateImageRequest({ regionId: REGION, snapshotId }));
  await world.world.settled();
  return body!.imageId!;
}

/** Nothing of the throwaway machine is left. */
function assertGone(): void {
  assert.deepEqual([...machines.running], []);
  assert.deepEqual(
    [...world.world.plane.disks.keys()].filter((id) => id.startsWith('p')),
    [],
  );
}

test('an image of an account that asks for it is Available once it booted, with what was seen', async () => {
  const alice = await world.party();
  const unasked = await create(alice);
  assert.equal(await statusOf(unasked), 'Available');
  assert.equal((await proofOf(alice, unasked)).Status, undefined);
  await require(alice);
  written = LOGIN;
  const imageId = await create(alice);
  assert.equal(await statusOf(imageId), 'Available');
  const { Status, Reached, Reason, StartTime, EndTime, ConsoleOutput, Screenshot } = await proofOf(alice, imageId);
  assert.deepEqual([Status, Reached, Reason], ['proven', 'its login prompt', undefined]);
  assert.ok(StartTime && EndTime);
  assert.equal(Buffer.from(ConsoleOutput!, 'base64').toString(), LOGIN);
  assert.deepEqual(Buffer.from(Screenshot!, 'base64'), PICTURE);
  assertGone();
  // Nobody else's is asked for it.
  const bob = await world.party();
  assert.equal((await proofOf(bob, await create(bob))).Status, undefined);
});

test('one that does not come up fails, with its reason, and is tried again when asked', async () => {
  const alice = await world.party();
  await require(alice);
  written = PANIC;
  const imageId = await create(alice);
  assert.equal(await statusOf(imageId), 'CreateFailed');
  const failed = await proofOf(alice, imageId);
  const said = 'Its kernel gave up: "Kernel panic - not syncing: VFS: Unable to mount root fs on <b>(0,0)</b>"';
  assert.deepEqual([failed.Status, failed.Reason, failed.Reached], ['failed', said, undefined]);
  assert.equal(Buffer.from(failed.ConsoleOutput!, 'base64').toString(), PANIC);
  assertGone();
  written = LOGIN;
  await prove(alice, imageId);
  await world.world.settled();
  assert.equal(await statusOf(imageId), 'Available');
  assert.equal((await proofOf(alice, imageId)).Status, 'proven');
});

test('what fails for other reasons is told, too', async () => {
  const alice = await world.party();
  await require(alice);
  const empty = await world.snapshot(alice, { root: null });
  await world.change('snapshots', empty, { root: null });
  const { body } = await alice.ecs.createImage(new sdk.CreateImageRequest({ regionId: REGION, snapshotId: empty }));
  await world.world.settled();
  assert.equal((await proofOf(alice, body!.imageId!)).Reason, 'Its system disk is empty.');

  const foreign = await world.image(alice, { architecture: 'arm64' });
  await prove(alice, foreign);
  await world.world.settled();
  assert.match((await proofOf(alice, foreign)).Reason!, /^Its image is for arm64/);

  const ways: [Partial<Machines>, RegExp][] = [
    [{ start: () => Promise.reject(new WorldFault('MachineFailed', 'No firmware.')) }, /^No firmware\.$/],
    [{ isRunning: async () => false }, /^Its machine ended before it had come up\.$/],
    [{ screenshot: async () => Buffer.alloc(2 ** 20 + 1) }, /kernel gave up/],
    [{ screenshot: () => Promise.reject(new WorldFault('MachineNotRunning', 'Gone.')) }, /kernel gave up/],
  ];
  for (const [way, reason] of ways) {
    written = way.screenshot ? PANIC : 'booting';
    const usual = { ...machines };
    Object.assign(machines, way);
    const imageId = await create(alice);
    Object.assign(machines, usual);
    const proof = await proofOf(alice, imageId);
    assert.match(proof.Reason!, reason);
    assert.deepEqual([proof.Status, proof.Screenshot], ['failed', way.isRunning && PICTURE.toString('base64')]);
    assertGone();
  }
});

test('an Available image is proven without being anything else meanwhile', async () => {
  const alice = await world.party();
  const bob = await world.party();
  const imageId = await world.image(alice);
  written = PANIC;
  await prove(alice, imageId);
  await prove(alice, imageId);
  await world.world.settled();
  assert.equal((await proofOf(alice, imageId)).Status, 'failed');
  assert.equal(await statusOf(imageId), 'Available');
  await world.refuses('InvalidImageId.NotFound', 404, () => prove(bob, imageId));
  await world.refuses('InvalidImageId.NotFound', 404, () => proofOf(bob, imageId));
  for (const status of ['Creating', 'CreateFailed', 'UnAvailable'] as const) {
    const other = await world.image(alice, { status });
    await world.refuses('IncorrectImageStatus', 403, () => prove(alice, other));
  }
  await remove(alice, imageId, true);
  assert.equal(
    await world.world.parts.database.read
      .selectFrom('bootProofs')
      .selectAll()
      .where('imageId', '=', imageId)
      .executeTakeFirst(),
    undefined,
  );
});

test('a copy that is cancelled while it boots leaves nothing', async () => {
  const alice = await world.party();
  await require(alice);
  const imageId = await world.image(alice);
  written = 'booting';
  const booting = Promise.withResolvers<void>();
  const usual = machines.start;
  machines.start = async (spec) => {
    await usual(spec);
    booting.resolve();
  };
  const { body } = await copy(alice, imageId, 'cn-beijing');
  await booting.promise;
  machines.start = usual;
  const copyId = body!.imageId!;
  assert.equal(await statusOf(copyId), 'Creating');
  await world.refuses(
    'OperationDenied.ImageCopying',
    403,
    () => alice.ecs.deleteImage(new sdk.DeleteImageRequest({ regionId: 'cn-beijing', imageId: copyId })),
    { isHeld: true },
  );
  await alice.ecs.cancelCopyImage(new sdk.CancelCopyImageRequest({ regionId: 'cn-beijing', imageId: copyId }));
  await world.world.settled();
  assert.notEqual((await world.row('images', copyId))?.deletedAt, null);
  assertGone();
});
