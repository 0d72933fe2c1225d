import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { Readable } from 'node:stream';
import type * as Ecs from '@alicloud/ecs20140526';
import type { Io } from '../src/cli/io.ts';
import { run } from '../src/cli/run.ts';
import { until } from './until.ts';
import { killAll, processesOf } from './workload/serviceProcess.ts';
import { createWorld, type Account, type World } from './world.ts';

const execute = promisify(execFile);
const sdk = createRequire(import.meta.url)('@alicloud/ecs20140526') as typeof Ecs;

const HANGZHOU = 'cn-hangzhou';
const BEIJING = 'cn-beijing';
const MIB = 1024 ** 2;

async function tongjing<T>(world: World, ...args: string[]): Promise<T> {
  let out = '';
  const quiet = () => {};
  const io: Io = {
    out: (text) => void (out += text),
    err: quiet,
    isTerminal: false,
    env: {},
    cwd: '/',
    ask: async () => null,
    input: () => Readable.from([]),
    onInterrupt: () => quiet,
  };
  assert.equal(await run([...args, '--data', world.dataDir, '--json'], io), 0, args.join(' '));
  return JSON.parse(out) as T;
}

const uriOf = async (world: World, id: string) => (await tongjing<{ uri: string }>(world, 'disk', 'nbd', id)).uri;

/** Equal content; what is longer ends in zeros. */
async function assertSame(file: string, other: string): Promise<void> {
  await execute('qemu-img', ['compare', '-f', 'raw', '-F', 'raw', file, other]);
}

const assertHolds = async (world: World, id: string, file: string) => assertSame(file, await uriOf(world, id));

/** A network to put an instance into. */
async function makeNetwork(world: World, account: Account, regionId: string) {
  const ecs = world.ecs(account);
  const { body: vpc } = await ecs.createVpc(new sdk.CreateVpcRequest({ regionId, cidrBlock: '172.16.0.0/16' }));
  const { vpcId } = vpc!;
  const zoneId = `${regionId}-h`;
  const vSwitch = new sdk.CreateVSwitchRequest({ regionId, vpcId, zoneId, cidrBlock: '172.16.1.0/24' });
  const { body: made } = await ecs.createVSwitch(vSwitch);
  const { body: group } = await ecs.createSecurityGroup(new sdk.CreateSecurityGroupRequest({ regionId, vpcId }));
  return { regionId, vSwitchId: made!.vSwitchId!, securityGroupId: group!.securityGroupId! };
}

async function runInstance(
  world: World,
  account: Account,
  network: Awaited<ReturnType<typeof makeNetwork>>,
  imageId: string,
) {
  const ecs = world.ecs(account);
  const { regionId } = network;
  const { body } = await ecs.runInstances(
    new sdk.RunInstancesRequest({ ...network, imageId, instanceType: 'ecs.g6.large' }),
  );
  const instanceId = body!.instanceIdSets!.instanceIdSet![0]!;
  await until(async () => {
    const { body: found } = await ecs.describeInstances(
      new sdk.DescribeInstancesRequest({ regionId, instanceIds: JSON.stringify([instanceId]) }),
    );
    return found!.instances!.instance![0]!.status === 'Running';
  });
  const { body: disks } = await ecs.describeDisks(new sdk.DescribeDisksRequest({ regionId, instanceId }));
  return { instanceId, disk: disks!.disks!.disk![0]! };
}

async function untilAvailable(world: World, account: Account, regionId: string, imageId: string): Promise<void> {
  await until(async () => {
    const { body } = await world
      .ecs(account)
      .describeImages(new sdk.DescribeImagesRequest({ regionId, imageId, status: 'ALL' }));
    const image = body!.images!.image![0]!;
    assert.notEqual(image.status, 'CreateFailed');
    return image.status === 'Available';
  });
}

async function deleteSnapshots(world: World, account: Account): Promise<void> {
  const ecs = world.ecs(account);
  for (const regionId of [HANGZHOU, BEIJING]) {
    const { body } = await ecs.describeSnapshots(new sdk.DescribeSnapshotsRequest({ regionId }));
    for (const { snapshotId } of body!.snapshots!.snapshot!) {
      await ecs.deleteSnapshot(new sdk.DeleteSnapshotRequest({ snapshotId: snapshotId!, force: true }));
    }
  }
}

test(
  "a disk's whole life: import, instance, writes, snapshot, image, copy, share, another's instance, roll back, release",
  { timeout: 120_000 },
  async (context) => {
    const folder = mkdtempSync(join(tmpdir(), 'tongjing-life-'));
    context.after(() => rmSync(folder, { recursive: true }));
    const dataDir = join(folder, 'data');
    context.after(() => killAll(dataDir));
    await using world = await createWorld({ disks: 'real', dataDir });
    const alice = await world.account('alice', 'china');
    const bob = await world.account('bob', 'international');

    // 64 MiB: a quarter random, a quarter of text, the rest zero.
    const first = join(folder, 'first.raw');
    const content = Buffer.alloc(64 * MIB);
    randomBytes(16 * MIB).copy(content, 0);
    content.fill('All happy families are alike. ', 20 * MIB, 36 * MIB);
    writeFileSync(first, content);
    const imported = await tongjing<{ imageId: string }>(
      world,
      'image',
      'import',
      first,
      '--name',
      'debian',
      '--region',
      HANGZHOU,
      '--public',
    );
    await assertHolds(world, imported.imageId, first);

    const home = await makeNetwork(world, alice, HANGZHOU);
    const { instanceId, disk } = await runInstance(world, alice, home, imported.imageId);
    assert.deepEqual([disk.status, disk.type, disk.instanceId], ['In_use', 'system', instanceId]);
    await assertHolds(world, disk.diskId!, first);

    // A guest's writes, of which some are flushed only by the snapshot.
    const second = join(folder, 'second.raw');
    content.fill('Every unhappy family is unhappy in its own way. ', 30 * MIB, 33 * MIB);
    randomBytes(MIB).copy(content, 60 * MIB);
    writeFileSync(second, content);
    await execute('nbdcopy', ['--flush', second, await uriOf(world, disk.diskId!)]);
    const { body: snapshot } = await world
      .ecs(alice)
      .createSnapshot(new sdk.CreateSnapshotRequest({ diskId: disk.diskId! }));
    // What is written after the call is no part of it.
    await execute('qemu-io', ['-f', 'raw', '-c', 'write -P 0x5a 1M 8M', await uriOf(world, disk.diskId!)]);
    const ecs = world.ecs(alice);
    const snapshotIds = JSON.stringify([snapshot!.snapshotId]);
    await until(async () => {
      const { body } = await ecs.describeSnapshots(
        new sdk.DescribeSnapshotsRequest({ regionId: HANGZHOU, snapshotIds }),
      );
      return body!.snapshots!.snapshot![0]!.status === 'accomplished';
    });
    await assertHolds(world, snapshot!.snapshotId!, second);

    const { body: image } = await ecs.createImage(
      new sdk.CreateImageRequest({ regionId: HANGZHOU, snapshotId: snapshot!.snapshotId!, imageName: 'mine' }),
    );
    await untilAvailable(world, alice, HANGZHOU, image!.imageId!);
    const { body: copy } = await ecs.copyImage(
      new sdk.CopyImageRequest({
        regionId: HANGZHOU,
        imageId: image!.imageId!,
        destinationRegionId: BEIJING,
        destinationImageName: 'mine-there',
      }),
    );
    await untilAvailable(world, alice, BEIJING, copy!.imageId!);
    await ecs.modifyImageSharePermission(
      new sdk.ModifyImageSharePermissionRequest({
        regionId: BEIJING,
        imageId: copy!.imageId!,
        addAccount: [bob.accountId],
      }),
    );

    const away = await makeNetwork(world, bob, BEIJING);
    const his = await runInstance(world, bob, away, copy!.imageId!);
    for (const id of [image!.imageId!, copy!.imageId!, his.disk.diskId!]) await assertHolds(world, id, second);
    const back = join(folder, 'back.raw');
    await execute('nbdcopy', [await uriOf(world, copy!.imageId!), back]);
    await assertSame(second, back);
    await tongjing(world, 'image', 'export', copy!.imageId!, back);
    await assertSame(second, back);

    // An image of the instance as it runs, all its disks at the moment of the call.
    const third = join(folder, 'third.raw');
    await execute('nbdcopy', [await uriOf(world, disk.diskId!), third]);
    const { body: whole } = await ecs.createImage(
      new sdk.CreateImageRequest({ regionId: HANGZHOU, instanceId, imageName: 'whole' }),
    );
    await execute('qemu-io', ['-f', 'raw', '-c', 'write -P 0x5b 2M 16M', await uriOf(world, disk.diskId!)]);
    await untilAvailable(world, alice, HANGZHOU, whole!.imageId!);
    await assertHolds(world, whole!.imageId!, third);

    // Rolled back, Alice's disk holds what the snapshot did.
    await ecs.stopInstance(new sdk.StopInstanceRequest({ instanceId }));
    await world.settled();
    await ecs.resetDisk(new sdk.ResetDiskRequest({ diskId: disk.diskId!, snapshotId: snapshot!.snapshotId! }));
    await world.settled();
    await assertHolds(world, disk.diskId!, second);

    // Everything that is released is collected; what is left is sound.
    await ecs.deleteInstance(new sdk.DeleteInstanceRequest({ instanceId }));
    await ecs.deleteImage(new sdk.DeleteImageRequest({ regionId: HANGZHOU, imageId: image!.imageId! }));
    await ecs.deleteSnapshot(new sdk.DeleteSnapshotRequest({ snapshotId: snapshot!.snapshotId! }));
    await world.settled();
    await tongjing(world, 'gc');
    assert.deepEqual((await tongjing<{ isClean: boolean }>(world, 'verify')).isClean, true);
    await assertHolds(world, his.disk.diskId!, second);
    await assertHolds(world, imported.imageId, first);

    // What Bob runs outlives what it was made from.
    await ecs.deleteImage(new sdk.DeleteImageRequest({ regionId: HANGZHOU, imageId: whole!.imageId! }));
    await ecs.modifyImageSharePermission(
      new sdk.ModifyImageSharePermissionRequest({
        regionId: BEIJING,
        imageId: copy!.imageId!,
        removeAccount: [bob.accountId],
      }),
    );
    await ecs.deleteImage(new sdk.DeleteImageRequest({ regionId: BEIJING, imageId: copy!.imageId! }));
    await deleteSnapshots(world, alice);
    await tongjing(world, 'gc');
    await assertHolds(world, his.disk.diskId!, second);

    // In the end nothing is left: no chunk, no volume, no process.
    await world.ecs(bob).deleteInstance(new sdk.DeleteInstanceRequest({ instanceId: his.instanceId, force: true }));
    const { operator } = world;
    await world
      .ecs()
      .deleteImage(new sdk.DeleteImageRequest({ regionId: HANGZHOU, imageId: imported.imageId, force: true }));
    await deleteSnapshots(world, operator);
    await world.settled();
    await tongjing(world, 'gc');
    const { regions } = await tongjing<{ regions: { chunks: number }[] }>(world, 'usage');
    assert.deepEqual(
      regions.map(({ chunks }) => chunks),
      [0, 0],
    );
    assert.deepEqual(readdirSync(join(dataDir, 'volumes')), []);
    await world[Symbol.asyncDispose]();
    await until(() => processesOf(dataDir).length === 0);
  },
);
