import sdk from '@alicloud/ecs20140526';
import type { Tenant } from '../../requirements/world.ts';
import type { Bed } from '../bed.ts';
import {
  copiesOf,
  disksOf,
  existing,
  isBeingStored,
  owns,
  seesImage,
  systemDiskOf,
  type Image,
  type ImageDisk,
  type Instance,
  type Model,
} from '../model.ts';
import { NothingToDo, broken, choose, chooseRegion, step, type Verb } from '../verb.ts';
import { addSnapshot } from './snapshots.ts';

const ENOUGH_IMAGES = 12;
const NOBODY = '1000000000000001';

const hasEnough = ({ model }: Bed): boolean => existing(model.images).length >= ENOUGH_IMAGES;

/** Ids of the snapshots behind an image, by device. */
async function snapshotIdsOf(tenant: Tenant, imageId: string, regionId: string): Promise<Map<string, string>> {
  const request = new sdk.DescribeImagesRequest({ regionId, imageId, status: 'ALL' });
  const [image] = (await tenant.ecs.describeImages(request)).body!.images!.image!;
  const mappings = image!.diskDeviceMappings!.diskDeviceMapping!;
  return new Map(mappings.map(({ device, snapshotId }) => [device!, snapshotId!]));
}

function addImage(bed: Bed, image: Pick<Image, 'id' | 'owner' | 'regionId' | 'disks'> & Partial<Image>): void {
  bed.model.images.set(image.id, {
    isGone: false,
    state: 'available',
    isCopied: false,
    source: null,
    sharedWith: new Set(),
    wasSharedWith: new Set(),
    ...image,
  });
}

/** Of all disks of an instance. */
export const imageOfInstance: Verb = (bed, random) => {
  if (hasEnough(bed)) throw new NothingToDo();
  const { model } = bed;
  const tenant = random.pick(bed.tenants);
  const { id: instanceId, it } = choose(random, model, 'instances', (one) => owns(tenant, one));
  const regionId = chooseRegion(bed, random, it?.regionId);
  const disks = it ? disksOf(model, it) : [];
  return step({
    who: tenant,
    what: `makes an image of ${instanceId} in ${regionId}`,
    codes: broken([[!owns(tenant, it) || it.regionId !== regionId, 'InvalidInstanceId.NotFound']], () => [
      [!systemDiskOf(model, it!), 'InvalidInstance.NotFoundSystemDisk'],
      [hasUnseenDisk(model, it!), 'IncorrectInstanceStatus.NeedRestart'],
      [disks.some((disk) => isBeingStored(model, disk)), 'IncorrectDiskStatus.CreatingSnapshot'],
    ]),
    question: { Verb: 'createImage', ResourceId: instanceId, RegionId: regionId },
    async call() {
      return (await tenant.ecs.createImage(new sdk.CreateImageRequest({ regionId, instanceId }))).body!.imageId!;
    },
    async done(id) {
      const ids = await snapshotIdsOf(tenant, id, regionId);
      const systemFirst = disks.sort((a, b) => (a.device! < b.device! ? -1 : 1));
      addImage(bed, {
        id,
        owner: tenant,
        regionId,
        state: bed.holds?.isHeld('snapshots') ? 'creating' : 'available',
        disks: systemFirst.map((disk) => ({
          type: disk.type,
          device: disk.device!,
          gib: disk.gib,
          content: disk.content,
          snapshot: addSnapshot(bed, ids.get(disk.device!)!, disk),
        })),
      });
    },
  });
};

/** One that was attached while the instance was off: its guest has never seen it. */
const hasUnseenDisk = (model: Model, { isRunning, startedAt, stoppedAt, ...instance }: Instance): boolean =>
  !isRunning &&
  startedAt !== null &&
  existing(model.disks).some(
    (disk) => disk.instance?.id === instance.id && disk.type === 'data' && disk.attachedAt > stoppedAt,
  );

export const imageOfSnapshot: Verb = (bed, random) => {
  if (hasEnough(bed)) throw new NothingToDo();
  const { model } = bed;
  const tenant = random.pick(bed.tenants);
  const { id: snapshotId, it } = choose(
    random,
    model,
    'snapshots',
    (one) => owns(tenant, one) && one.type === 'system',
  );
  const regionId = chooseRegion(bed, random, it?.regionId);
  return step({
    who: tenant,
    what: `makes an image of ${snapshotId} in ${regionId}`,
    codes: broken([[!owns(tenant, it) || it.regionId !== regionId, 'InvalidSnapshotId.NotFound']], () => [
      [it!.type !== 'system', 'OperationDenied'],
      [!it!.isReady, 'SnapshotNotReady'],
    ]),
    question: { Verb: 'createImage', ResourceId: snapshotId, RegionId: regionId },
    async call() {
      return (await tenant.ecs.createImage(new sdk.CreateImageRequest({ regionId, snapshotId }))).body!.imageId!;
    },
    done(id) {
      const { gib, content } = it!;
      const disk: ImageDisk = { type: 'system', device: '/dev/xvda', gib, content, snapshot: it! };
      addImage(bed, { id, owner: tenant, regionId, disks: [disk] });
    },
  });
};

export const copyImage: Verb = (bed, random) => {
  if (hasEnough(bed)) throw new NothingToDo();
  const { model } = bed;
  const tenant = random.pick(bed.tenants);
  const { id: imageId, it: image } = choose(
    random,
    model,
    'images',
    (one) => owns(tenant, one) || (!one.isGone && one.sharedWith.has(tenant)),
  );
  const regionId = chooseRegion(bed, random, image?.regionId);
  const isShared = image !== undefined && image.owner !== tenant;
  const to = isShared && random.chance(0.6) ? regionId : random.pick(bed.regionIds);
  return step({
    who: tenant,
    what: `copies ${imageId} from ${regionId} to ${to}`,
    codes: broken([[!seesImage(tenant, image, regionId), 'InvalidImageId.NotFound']], () => {
      if (image!.owner === null) return [[true, 'Forbbiden']];
      return [
        [isShared && to !== regionId, 'OperationDenied.SameRegionOnly'],
        [image!.state === 'copying', 'OperationDenied.ImageCopying'],
        [image!.state === 'creating', 'IncorrectImageStatus'],
        [copiesOf(model, image!).some(({ owner }) => owner === tenant), 'OperationDenied.ImageCopyConflict'],
      ];
    }),
    question: { Verb: 'copy', ResourceId: imageId, RegionId: regionId, DestinationRegionId: to },
    async call() {
      const request = { regionId, imageId, destinationRegionId: to };
      return (await tenant.ecs.copyImage(new sdk.CopyImageRequest(request))).body!.imageId!;
    },
    async done(id) {
      const ids = await snapshotIdsOf(tenant, id, to);
      const isHeld = bed.holds?.isHeld('copies') === true;
      const place = { owner: tenant, regionId: to, isGone: false };
      const disks = image!.disks.map((disk) => {
        const { type, gib, content } = disk;
        const snapshot = { ...place, id: ids.get(disk.device)!, isReady: !isHeld, disk: null, type, gib, content };
        model.snapshots.set(snapshot.id, snapshot);
        return { ...disk, snapshot };
      });
      addImage(bed, { ...place, id, disks, isCopied: true, source: image!, state: isHeld ? 'copying' : 'available' });
    },
  });
};

export const cancelCopy: Verb = (bed, random) => {
  const tenant = random.pick(bed.tenants);
  const { id: imageId, it } = choose(
    random,
    bed.model,
    'images',
    (one) => owns(tenant, one) && one.state === 'copying',
  );
  const regionId = chooseRegion(bed, random, it?.regionId);
  return step({
    who: tenant,
    what: `cancels the copy ${imageId} in ${regionId}`,
    codes: broken([[!owns(tenant, it) || it.regionId !== regionId, 'InvalidImageId.NotFound']], () => [
      [!it!.isCopied, 'ImageCreatedNotFromCopy'],
      [it!.isCopied && it!.state !== 'copying', 'IncorrectImageStatus'],
    ]),
    call: () => tenant.ecs.cancelCopyImage(new sdk.CancelCopyImageRequest({ regionId, imageId })),
    done() {
      it!.isGone = true;
      for (const { snapshot } of it!.disks) snapshot!.isGone = true;
    },
  });
};

/** One that was deleted before is deleted again in peace. */
export const deleteImage: Verb = (bed, random) => {
  const { model } = bed;
  const tenant = random.pick(bed.tenants);
  const { id: imageId, it } = choose(random, model, 'images', (one) => owns(tenant, one));
  const regionId = chooseRegion(bed, random, it?.regionId);
  const force = random.chance(0.5);
  const isUsed = existing(model.instances).some(({ owner, image }) => owner === tenant && image === it);
  return step({
    who: tenant,
    what: `deletes ${imageId} in ${regionId}${force ? ' by force' : ''}`,
    codes: broken([[it?.owner !== tenant || it.regionId !== regionId, 'InvalidImageId.NotFound']], () => {
      if (it!.isGone) return [];
      return [
        [it!.state === 'creating', 'ImageIsCreating'],
        [it!.state === 'copying' || copiesOf(model, it!).length > 0, 'OperationDenied.ImageCopying'],
        [!force && it!.sharedWith.size > 0, 'ImageUseShared'],
        [!force && isUsed, 'ImageUsingByInstance'],
      ];
    }),
    // The action answers a second time as the first; Explain says that there is nothing to delete.
    question: it?.isGone
      ? undefined
      : { Verb: 'delete', ResourceId: imageId, RegionId: regionId, Force: String(force) },
    call: () => tenant.ecs.deleteImage(new sdk.DeleteImageRequest({ regionId, imageId, force })),
    done() {
      it!.isGone = true;
    },
  });
};

export const share: Verb = (bed, random) => {
  const tenant = random.pick(bed.tenants);
  const { id: imageId, it } = choose(random, bed.model, 'images', (one) => owns(tenant, one));
  const regionId = chooseRegion(bed, random, it?.regionId);
  const other = random.pick(bed.tenants.filter((one) => one !== tenant || random.chance(0.2)));
  const isSomebody = random.chance(0.95);
  const adds = it?.sharedWith.has(other) ? random.chance(0.3) : random.chance(0.9);
  const accounts = [isSomebody ? other.accountId : NOBODY];
  return step({
    who: tenant,
    what: `${adds ? 'shares' : 'takes back'} ${imageId} in ${regionId} ${adds ? 'with' : 'from'} ${other.accountId}`,
    codes: broken([[!owns(tenant, it) || it.regionId !== regionId, 'InvalidImageId.NotFound']], () => [
      [isSomebody && other === tenant, 'InvalidAccount.Forbbiden'],
      [!isSomebody, 'InvalidAccount.NotFound'],
    ]),
    question: adds
      ? { Verb: 'share', ResourceId: imageId, RegionId: regionId, WithAccountId: accounts[0]! }
      : undefined,
    call: () =>
      tenant.ecs.modifyImageSharePermission(
        new sdk.ModifyImageSharePermissionRequest({
          regionId,
          imageId,
          ...(adds ? { addAccount: accounts } : { removeAccount: accounts }),
        }),
      ),
    done() {
      if (!adds) return void it!.sharedWith.delete(other);
      it!.sharedWith.add(other);
      it!.wasSharedWith.add(other);
    },
  });
};
