import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import sdk from '@alicloud/ecs20140526';
import { createImageWorld, type ImageWorld, type Party } from './imageWorld.ts';

let world: ImageWorld;
let alice: Party;
before(async () => {
  world = await createImageWorld({ config: { dataJobs: 16 } });
});
after(() => world[Symbol.asyncDispose]());

const regionId = 'cn-hangzhou';
const image = (row = {}) => world.image(alice, row);
const stopped = (data: object[] = []) => world.instance(alice, { status: 'Stopped' }, data);

const copyImage = (imageId: string) => () =>
  alice.ecs.copyImage(new sdk.CopyImageRequest({ regionId, imageId, destinationRegionId: 'cn-beijing' }));
const deleteImage =
  (imageId: string, force = false) =>
  () =>
    alice.ecs.deleteImage(new sdk.DeleteImageRequest({ regionId, imageId, force }));
const createImage = (of: object) => () => alice.ecs.createImage(new sdk.CreateImageRequest({ regionId, ...of }));
const replace = (instanceId: string, imageId: string) => () =>
  alice.ecs.replaceSystemDisk(new sdk.ReplaceSystemDiskRequest({ instanceId, imageId }));
const attach = (instanceId: string, diskId: string) => () =>
  alice.ecs.attachDisk(new sdk.AttachDiskRequest({ instanceId, diskId }));
const deleteDisk = (diskId: string) => () => alice.ecs.deleteDisk(new sdk.DeleteDiskRequest({ diskId }));
const snapshot = (diskId: string) => () => alice.ecs.createSnapshot(new sdk.CreateSnapshotRequest({ diskId }));
const deleteSnapshot = (snapshotId: string) => () =>
  alice.ecs.deleteSnapshot(new sdk.DeleteSnapshotRequest({ snapshotId }));
const reset = (diskId: string, snapshotId: string) => () =>
  alice.ecs.resetDisk(new sdk.ResetDiskRequest({ diskId, snapshotId }));
const deleteInstance = (instanceId: string) => () =>
  alice.ecs.deleteInstance(new sdk.DeleteInstanceRequest({ instanceId, force: true }));

type Call = () => Promise<unknown>;

/** Two calls that can't both be, each with what it is told when the other was first. */
interface Pair {
  name: string;
  make(): Promise<[first: Call, second: Call]>;
  refusals: [ofFirst: string, ofSecond: string];
}

const pairs: Pair[] = [
  {
    name: 'copy and delete an image',
    async make() {
      const id = await image();
      return [copyImage(id), deleteImage(id, true)];
    },
    refusals: ['InvalidImageId.NotFound', 'OperationDenied.ImageCopying'],
  },
  {
    name: 'copy an image twice',
    async make() {
      const id = await image();
      return [copyImage(id), copyImage(id)];
    },
    refusals: ['OperationDenied.ImageCopyConflict', 'OperationDenied.ImageCopyConflict'],
  },
  {
    name: 'share and delete an image',
    async make() {
      const [imageId, bob] = [await image(), await world.party()];
      const request = new sdk.ModifyImageSharePermissionRequest({ regionId, imageId, addAccount: [bob.accountId] });
      return [() => alice.ecs.modifyImageSharePermission(request), deleteImage(imageId)];
    },
    refusals: ['InvalidImageId.NotFound', 'ImageUseShared'],
  },
  {
    name: 'give two images one name',
    async make() {
      const snapshotId = await world.snapshot(alice);
      const make = createImage({ snapshotId, imageName: 'one' });
      return [make, make];
    },
    refusals: ['InvalidImageName.Duplicated', 'InvalidImageName.Duplicated'],
  },
  {
    name: 'make the last image of a quota twice',
    async make() {
      await world.limit(alice, 'images', 1);
      const make = createImage({ snapshotId: await world.snapshot(alice) });
      return [make, make];
    },
    refusals: ['QuotaExceed.Image', 'QuotaExceed.Image'],
  },
  {
    name: 'make an image of a snapshot and delete it',
    async make() {
      const snapshotId = await world.snapshot(alice);
      return [createImage({ snapshotId }), deleteSnapshot(snapshotId)];
    },
    refusals: ['InvalidSnapshotId.NotFound', 'SnapshotCreatedImage'],
  },
  {
    name: 'make an image of an instance and delete it',
    async make() {
      const { id } = await world.instance(alice);
      return [createImage({ instanceId: id }), deleteInstance(id)];
    },
    refusals: ['InvalidInstanceId.NotFound', 'IncorrectInstanceStatus.Initializing'],
  },
  {
    name: 'replace a system disk twice',
    async make() {
      const { id } = await stopped();
      return [replace(id, await image()), replace(id, await image())];
    },
    refusals: ['IncorrectDiskStatus', 'IncorrectDiskStatus'],
  },
  {
    name: 'start an instance and delete it',
    async make() {
      const { id } = await stopped();
      return [() => alice.ecs.startInstance(new sdk.StartInstanceRequest({ instanceId: id })), deleteInstance(id)];
    },
    refusals: ['InvalidInstanceId.NotFound', 'IncorrectInstanceStatus'],
  },
  {
    name: 'attach a disk to two instances',
    async make() {
      const diskId = await world.disk(alice);
      return [attach((await stopped()).id, diskId), attach((await stopped()).id, diskId)];
    },
    refusals: ['IncorrectDiskStatus', 'IncorrectDiskStatus'],
  },
  {
    name: 'attach and delete a disk',
    async make() {
      const diskId = await world.disk(alice);
      return [attach((await stopped()).id, diskId), deleteDisk(diskId)];
    },
    refusals: ['InvalidDiskId.NotFound', 'IncorrectDiskStatus'],
  },
  {
    name: 'detach a disk twice',
    async make() {
      const { id: instanceId, diskIds } = await world.instance(alice, {}, [{}]);
      const request = new sdk.DetachDiskRequest({ instanceId, diskId: diskIds[1]! });
      return [() => alice.ecs.detachDisk(request), () => alice.ecs.detachDisk(request)];
    },
    refusals: ['InvalidOperation.DiskDetachingFromThisEcs', 'InvalidOperation.DiskDetachingFromThisEcs'],
  },
  {
    name: 'snapshot a disk twice',
    async make() {
      const diskId = await world.disk(alice);
      return [snapshot(diskId), snapshot(diskId)];
    },
    refusals: ['IncorrectDiskStatus.CreatingSnapshot', 'IncorrectDiskStatus.CreatingSnapshot'],
  },
  {
    name: 'snapshot a disk and delete it',
    async make() {
      const diskId = await world.disk(alice);
      return [snapshot(diskId), deleteDisk(diskId)];
    },
    refusals: ['InvalidDiskId.NotFound', 'DiskCreatingSnapshot'],
  },
  {
    name: 'snapshot a disk and roll it back',
    async make() {
      const diskId = await world.disk(alice);
      const snapshotId = await world.snapshot(alice, { sourceDiskId: diskId });
      return [snapshot(diskId), reset(diskId, snapshotId)];
    },
    refusals: ['IncorrectDiskStatus', 'IncorrectDiskStatus.HasUnfinishedSnapshot'],
  },
  {
    name: 'roll a disk back twice',
    async make() {
      const diskId = await world.disk(alice);
      const snapshotId = await world.snapshot(alice, { sourceDiskId: diskId });
      return [reset(diskId, snapshotId), reset(diskId, snapshotId)];
    },
    refusals: ['InvalidOperation.DiskResetInProgress', 'InvalidOperation.DiskResetInProgress'],
  },
];

for (const { name, make, refusals } of pairs) {
  test(`one wins: ${name}`, async () => {
    for (const order of [
      [0, 1],
      [1, 0],
    ]) {
      alice = await world.party();
      const calls = await make();
      const goOn = ['copy', 'store', 'create', 'close'].map((slow) => world.world.plane.hold(slow));
      const outcomes = await Promise.allSettled(order.map((index) => calls[index]!()));
      for (const release of goOn) release();
      await world.world.settled();
      const lost = outcomes.flatMap((outcome, at) => (outcome.status === 'rejected' ? [{ outcome, at }] : []));
      assert.equal(lost.length, 1, 'one of the two is refused');
      const { outcome, at } = lost[0]!;
      assert.equal((outcome.reason as { code: string }).code, refusals[order[at]!]);
    }
  });
}
