import { ApiError, apiError } from '../../contract/errors.ts';
import type { FileFormat } from '../../disks/transfer/toFile.ts';
import { enqueue } from '../../jobs/queue.ts';
import { diskOfEntry } from '../../records/catalogue.ts';
import type { Db } from '../../records/database.ts';
import { imageDisksOf, type ImageDisk } from '../../records/tables/imageDisks.ts';
import type { ImageRow } from '../../records/tables/images.ts';
import { catalogue } from '../../rules/catalogue.ts';
import { findRegion } from '../../rules/regions.ts';
import { choiceIn, pathIn, textIn, type Route } from './parts.ts';

const FILE_FORMATS = ['raw', 'raw.tar.gz', 'qcow2', 'vhd', 'vhd-fixed', 'vmdk'] as const satisfies FileFormat[];

/** `{imageId, path, format}`: its system disk as a file on this host. */
export const exportImage: Route['run'] = async ({ body }, parts) => {
  const core = parts.core();
  const path = pathIn(body);
  const format = choiceIn(body, 'format', FILE_FORMATS, 'raw');
  const imageId = textIn(body, 'imageId');
  const { image, disks, stored } = await exportable(core.database.read, imageId);
  const { accountId } = image;
  const { regionId } = stored;
  const idInfix = findRegion(regionId)!.idInfix;
  const jobId = await core.database.write((tx) =>
    enqueue(
      tx,
      { ...core, idInfix },
      'exportImage',
      { imageId, path, format },
      { accountId, regionId, resourceId: imageId, taskAction: 'ExportImage' },
    ),
  );
  core.jobs.wake();
  const warning = warningsOf(image, disks).join('\n') || undefined;
  return { json: { imageId, jobId, warning } };
};

/** The system disk's data is told in multiples of this: so little is said of the largest disk, too. */
const DATA_BYTES = 16 * 1024 ** 2;

/**
 * What is to be known of an image before its disk is read: `sizeBytes`, and `data`, where the disk is not zero (start, end, start, end … in bytes, ascending,
 * rounded to 16 MiB).
 */
export const readImage: Route['run'] = async ({ ids }, parts) => {
  const { database, transfers } = parts.core();
  const { image, disks, stored } = await exportable(database.read, ids[0]!);
  const { id: imageId, name, description, architecture, osType, platform, bootMode } = image;
  return {
    json: {
      imageId,
      regionId: stored.regionId,
      about: { name, description, architecture, osType, platform, bootMode },
      dataDisks: disks.filter(({ type }) => type === 'data').map(({ device }) => device),
      isEncrypted: disks.some(({ encrypted }) => encrypted === 1),
      sizeBytes: stored.sizeBytes,
      data: await transfers.findData(stored, DATA_BYTES),
    },
  };
};

/** A whole image; one of every region may have no disk yet. */
async function exportable(db: Db, imageId: string) {
  const image = await db
    .selectFrom('images')
    .selectAll()
    .where('id', '=', imageId)
    .where('deletedAt', 'is', null)
    .executeTakeFirst();
  if (!image) throw apiError('ExportImage', 'InvalidImageId.NotFound');
  if (image.status !== 'Available') throw new ApiError(409, 'NotReady', `Image ${imageId} is ${image.status}.`);
  const stored = await diskOfEntry(db, imageId);
  if (!stored) throw new ApiError(409, 'NotReady', `Image ${imageId} has no disk here yet.`);
  return { image, disks: await imageDisksOf(db, [imageId]), stored };
}

/** What to know of the file, and before it is run elsewhere. */
function warningsOf({ id, osNameEn }: ImageRow, disks: readonly ImageDisk[]): string[] {
  const warnings: string[] = [];
  const data = disks.filter(({ type }) => type === 'data').map(({ device }) => device);
  if (data.length > 0)
    warnings.push(`${id} holds data disks too (${data.join(', ')}), which are left out: ExportImage writes them all.`);
  if (disks.some(({ type, encrypted }) => type === 'system' && encrypted === 1))
    warnings.push(`${id} is encrypted; the file is not: whoever has it can read it.`);
  const entry = catalogue.find((one) => one.osNameEn === osNameEn);
  if (entry?.supportedOn) warnings.push(`${entry.title}: ${entry.supportedOn}`);
  return warnings;
}
