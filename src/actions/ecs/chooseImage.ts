import { diskBase } from '../../records/tables/disks.ts';
import { imageDisksOf, type ImageDisk } from '../../records/tables/imageDisks.ts';
import { newestOfFamily, type ImageRow } from '../../records/tables/images.ts';
import { snapshotsOfImage, type SnapshotRow } from '../../records/tables/snapshots.ts';
import { isGranted } from '../../records/tables/tickets.ts';
import { misfit } from '../../rules/imageFit.ts';
import type { InstanceType } from '../../rules/instanceTypes.ts';
import { allows, imageCan } from '../../rules/states.ts';
import type { Call } from '../call.ts';
import { visibleImage } from './images/ownImage.ts';

/** An image that instances may be made from, with what its disks hold. */
export interface ChosenImage {
  image: ImageRow;
  /** System disk first. */
  disks: readonly ImageDisk[];
  snapshots: ReadonlyMap<string, SnapshotRow>;
}

/** The image by its id, else the newest of the family. */
export async function chooseImage(
  call: Call,
  regionId: string,
  request: { imageId?: string | undefined; imageFamily?: string | undefined },
): Promise<ChosenImage> {
  if (request.imageId === undefined && request.imageFamily === undefined) {
    throw call.error('MissingParameter', { about: 'ImageId' });
  }
  const image =
    request.imageId === undefined
      ? await newestOfFamily(call.db, { accountId: call.accountId, regionId }, request.imageFamily!)
      : await visibleImage(call, regionId, request.imageId);
  if (!image) throw call.error('InvalidImageId.NotFound');
  if (!allows(imageCan.createInstance, image.status)) {
    throw call.error('OperationDenied.ImageNotValid', {
      values: ['The specified Image is disabled or is deleted.'],
      hint: `${image.id} is ${image.status}.`,
    });
  }
  if (isCopyOfProduct(image)) {
    throw call.error('OperationDenied.ImageNotValid', {
      values: ['The specified Image is disabled or is deleted.'],
      hint: 'What was made from a marketplace image serves in the region of its purchase alone.',
    });
  }
  if (image.kind === 'marketplace' && image.accountId !== call.accountId) throw call.error('QuotaExceed.BuyImage');
  return { image, ...(await imageContent(call, image.id)) };
}

/** Purchases are valid in their region: what was made from a product can be copied to another, but makes nothing there. */
const isCopyOfProduct = (image: ImageRow): boolean =>
  image.productCode !== null && image.isCopied === 1 && image.sourceRegionId !== image.regionId;

export async function imageContent(call: Call, imageId: string): Promise<Omit<ChosenImage, 'image'>> {
  const snapshots = await snapshotsOfImage(call.db, imageId);
  return {
    disks: await imageDisksOf(call.db, [imageId]),
    snapshots: new Map(snapshots.map((snapshot) => [snapshot.id, snapshot])),
  };
}

/** What a disk made from one of the image's disks begins from. */
export const baseOf = (content: Omit<ChosenImage, 'image'>, disk: Pick<ImageDisk, 'snapshotId'> | undefined) =>
  diskBase(content.snapshots.get(disk?.snapshotId ?? ''));

/** Refuses an image that does not boot on the type, or not with that I/O. A granted ticket makes it one that does the latter. */
export async function checkFit(call: Call, image: ImageRow, type: InstanceType, ioOptimized: boolean): Promise<void> {
  const isSupportIoOptimized =
    image.isSupportIoOptimized === 1 || (await isGranted(call.db, call.accountId, 'io-optimised-image', image.id));
  if (ioOptimized && !isSupportIoOptimized) {
    throw call.error('IoOptimized.NotSupported', { about: 'image is not support' });
  }
  const hint = misfit({ ...image, isSupportIoOptimized: isSupportIoOptimized ? 1 : 0 }, type);
  if (hint !== null) throw call.error('ImageNotSupportInstanceType', { hint });
}
