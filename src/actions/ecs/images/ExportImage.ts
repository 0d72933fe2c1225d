import { imageDisksOf, type ImageDisk } from '../../../records/tables/imageDisks.ts';
import type { ImageRow } from '../../../records/tables/images.ts';
import { unfinishedKinds } from '../../../records/tables/jobs.ts';
import { isGranted } from '../../../records/tables/tickets.ts';
import {
  EXPORTED_DATA_DISKS,
  EXPORTED_DATA_GIB,
  exportFormatOf,
  exportName,
  isExportPrefix,
  isLicensed,
} from '../../../rules/imageExport.ts';
import { allows, imageCan } from '../../../rules/states.ts';
import { action } from '../../action.ts';
import type { Call } from '../../call.ts';
import { checkBucketRole, EXPORT_ROLE } from '../bucketRole.ts';
import { checkOwnBucket } from '../ownBucket.ts';
import { visibleImage } from './ownImage.ts';

/** An image's disks as objects in a bucket. */
export const ExportImage = action('Ecs', 'ExportImage', { access: 'write' }, async (request, call) => {
  if (request.regionId === undefined) throw call.error('MissingParameter', { about: 'RegionId' });
  if (request.imageId === undefined) throw call.error('MissingParameter', { about: 'ImageId' });
  if (request.OSSBucket === undefined) throw call.error('MissingParameter', { about: 'OSSBucket' });
  const { regionId } = call.region(request.regionId);
  const format = formatIn(call, request.imageFormat);
  const prefix = request.OSSPrefix;
  if (prefix !== undefined && !isExportPrefix(prefix)) throw call.error('InvalidOSSPrefix.Malformed');
  await checkBucketRole(call, request.roleName, EXPORT_ROLE);
  const image = await visibleImage(call, regionId, request.imageId);
  refuseForeign(call, image);
  if (!(await isGranted(call.db, call.accountId, 'export-image', image.id))) {
    throw call.error('UserNotInTheWhiteList', { hint: 'A granted ticket is needed: SubmitTicket, Kind export-image.' });
  }
  if (!allows(imageCan.export, image.status)) throw call.error('IncorrectImageStatus');
  const disks = await imageDisksOf(call.db, [image.id]);
  refuseDisks(call, disks);
  await checkOwnBucket(call, regionId, request.OSSBucket);
  if ((await unfinishedKinds(call.db, image.id)).some((kind) => kind.startsWith('export'))) {
    throw call.error('ImageIsExporting');
  }
  const named = disks.flatMap((disk) =>
    disk.snapshotId === null ? [] : [{ snapshotId: disk.snapshotId, name: exportName(prefix, image.id, disk) }],
  );
  const task = { regionId, resourceId: image.id, taskAction: 'ExportImage' };
  const taskId = await call.enqueue('exportToBucket', { bucket: request.OSSBucket, format, disks: named }, task);
  return { taskId, regionId };
});

function formatIn(call: Call, name: string | undefined) {
  const format = exportFormatOf(name);
  if (!format) throw call.error('InvalidImageFormat.Malformed', { hint: 'RAW, QCOW2, VHD and VMDK are written.' });
  return format;
}

/** Only what is the caller's own, and free of others' rights. */
function refuseForeign(call: Call, image: ImageRow): void {
  if (image.kind === 'marketplace' || image.productCode !== null) {
    throw call.error('ImageNotSupported', { about: 'image market' });
  }
  if (image.kind !== 'self' || image.accountId !== call.accountId)
    throw call.error('InvalidImageCategory.NotSupported');
  if (isLicensed(image)) {
    throw call.error('InvalidImageLicense.NotSupported', {
      values: [`The licence of ${image.platform} does not allow the image to be exported.`],
    });
  }
}

function refuseDisks(call: Call, disks: readonly ImageDisk[]): void {
  if (disks.some(({ encrypted }) => encrypted === 1)) throw call.error('ImageNotSupported', { about: 'encrypted' });
  const data = disks.filter(({ type }) => type === 'data');
  if (data.length > EXPORTED_DATA_DISKS || data.some(({ sizeGib }) => sizeGib > EXPORTED_DATA_GIB)) {
    throw call.error('InvalidImage.DiskAmountOrSize', {
      about: 'exceeds',
      hint: `An image with at most ${EXPORTED_DATA_DISKS} data disks of ${EXPORTED_DATA_GIB} GiB is exported.`,
    });
  }
}
