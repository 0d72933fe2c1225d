import { apiError } from '../../contract/errors.ts';
import { enqueue } from '../../jobs/queue.ts';
import type { Db } from '../../records/database.ts';
import { newImportedSnapshot } from '../../records/newSnapshot.ts';
import { quotaOf } from '../../records/tables/accountQuotas.ts';
import { countImages, insertImage, isImageNameTaken, type ImageRow } from '../../records/tables/images.ts';
import { insertSnapshots, type SnapshotRow } from '../../records/tables/snapshots.ts';
import { SYSTEM_DEVICE } from '../../rules/devices.ts';
import type { DiskFormat } from '../../rules/imageForms.ts';
import { isDescription, isImageName } from '../../rules/names.ts';
import { findRegion, type Region } from '../../rules/regions.ts';
import { choiceIn, flagIn, lineIn, textIn, type Core, type OperatorRequest, type Route } from './parts.ts';
import { sizeOfSource, sourceIn } from './source.ts';

const GIB = 1024 ** 3;

/**
 * `{name, regionId, isPublic, …}` and a source: a file becomes an image. Answers before its bytes are read. `dryRun`, without a source: nothing is made, what
 * can be said of the rest is.
 */
export const importImage: Route['run'] = async ({ body }, parts) => {
  const core = parts.core();
  const source = flagIn(body, 'dryRun') ? null : sourceIn(body);
  const region = regionIn(body);
  const name = textIn(body, 'name');
  if (!isImageName(name)) throw apiError('ImportImage', 'InvalidImageName.Malformed');
  const sizeBytes = source === null ? 0 : await sizeOfSource(core, source);

  const { image, snapshot } = rowsOf(body, { name, region, sizeGib: Math.ceil(sizeBytes / GIB) }, core);
  if (source === null) {
    await refuseNew(core.database.read, image);
    return { json: {} };
  }
  const { accountId, regionId } = image;
  const jobId = await core.database.write(async (tx) => {
    await refuseNew(tx, image);
    await insertSnapshots(tx, [snapshot]);
    await insertImage(tx, image, [diskOf(image, snapshot, source.format)]);
    const input = { imageId: image.id, snapshotId: snapshot.id, ...source, deleteFile: false };
    const options = { accountId, regionId, resourceId: image.id, taskAction: 'ImportImage' };
    return enqueue(tx, { ...core, idInfix: region.idInfix }, 'importImage', input, options);
  });
  core.jobs.wake();
  return { json: { imageId: image.id, jobId } };
};

/** As ImportImage: a name that is taken, and one custom image more than the account may have. Public ones count for nobody. */
async function refuseNew(db: Db, image: ImageRow): Promise<void> {
  if (await isTaken(db, image)) throw apiError('ImportImage', 'InvalidImageName.Duplicated');
  if (image.kind !== 'self') return;
  const most = await quotaOf(db, image.accountId, 'images');
  if ((await countImages(db, image)) >= most) {
    throw apiError('ImportImage', 'QuotaExceed.Image', { values: [String(most)] });
  }
}

/** Own images are named once per account and region, public ones once per region. */
async function isTaken(db: Db, image: ImageRow): Promise<boolean> {
  if (image.kind === 'self') return isImageNameTaken(db, image, image.name);
  const { regionId, kind, name } = image;
  const found = await db
    .selectFrom('images')
    .select('id')
    .where('regionId', '=', regionId)
    .where('kind', '=', kind)
    .where('name', '=', name)
    .where('deletedAt', 'is', null)
    .executeTakeFirst();
  return found !== undefined;
}

function regionIn(body: OperatorRequest['body']): Region {
  const region = findRegion(textIn(body, 'regionId'));
  if (!region) throw apiError('ImportImage', 'InvalidRegionId.NotFound');
  return region;
}

function rowsOf(
  body: OperatorRequest['body'],
  { name, region, sizeGib }: { name: string; region: Region; sizeGib: number },
  { clock, ids, operator }: Core,
): { image: ImageRow; snapshot: SnapshotRow } {
  const createdAt = clock.now();
  const osType = choiceIn(body, 'osType', ['linux', 'windows'], 'linux');
  const platform = lineIn(body, 'platform', osType === 'linux' ? 'Others Linux' : 'Windows Server');
  const osName = body['osName'] === undefined ? name : lineIn(body, 'osName');
  const description = textOr(body, 'description');
  if (!isDescription(description)) throw apiError('ImportImage', 'InvalidDescription.Malformed');
  const owned = {
    accountId: operator.account.id,
    regionId: region.regionId,
    description,
    createdAt,
  };
  const snapshot = newImportedSnapshot({ ...owned, id: ids.resource('s', region.idInfix), imageId: null, sizeGib });
  const image: ImageRow = {
    ...owned,
    id: ids.resource('m', region.idInfix),
    kind: flagIn(body, 'isPublic') ? 'system' : 'self',
    name,
    family: '',
    version: '',
    status: 'Waiting',
    progress: 0,
    platform,
    osType,
    osName,
    osNameEn: osName,
    architecture: choiceIn(body, 'architecture', ['i386', 'x86_64', 'arm64'], 'x86_64'),
    bootMode: choiceIn(body, 'bootMode', ['BIOS', 'UEFI', 'UEFI-Preferred'], 'BIOS'),
    sizeGib,
    isCopied: 0,
    isSupportCloudinit: 1,
    isSupportIoOptimized: 1,
    nvmeSupport: 'unsupported',
    imdsSupport: 'v1',
    licenseType: null,
    productCode: null,
    resourceGroupId: '',
    sourceInstanceId: null,
    sourceImageId: null,
    sourceRegionId: null,
    deletedAt: null,
  };
  return { image, snapshot };
}

const textOr = (body: OperatorRequest['body'], name: string): string =>
  body[name] === undefined || body[name] === '' ? '' : textIn(body, name);

const diskOf = (image: ImageRow, snapshot: SnapshotRow, format: DiskFormat) => ({
  imageId: image.id,
  position: 0,
  snapshotId: snapshot.id,
  device: SYSTEM_DEVICE,
  type: 'system' as const,
  sizeGib: image.sizeGib,
  format: format.toUpperCase(),
  category: null,
  importBucket: null,
  importObject: null,
});
