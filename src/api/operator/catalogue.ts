import { isAbsolute } from 'node:path';
import { apiError } from '../../contract/errors.ts';
import { enqueue } from '../../jobs/queue.ts';
import { newImportedSnapshot } from '../../records/newSnapshot.ts';
import { insertSnapshots } from '../../records/tables/snapshots.ts';
import { CATALOGUE_ACCOUNT, findCatalogueImage } from '../../rules/catalogue.ts';
import { findRegion } from '../../rules/regions.ts';
import { badField, formIn, textIn, type Route } from './parts.ts';

const GIB = 1024 ** 3;

/**
 * `{path, format, regionId, imageId?}`: a file on this host becomes the disk of a public image, in every region, or, without `imageId`, the
 * built-in one that those stand on which have none. It is stored in the region named. Answers before its bytes are read.
 */
export const importCatalogueDisk: Route['run'] = async ({ body }, parts) => {
  const core = parts.core();
  const path = textIn(body, 'path');
  if (!isAbsolute(path) || path.includes('\0')) throw badField('path', 'absolute');
  const form = formIn(body);
  const region = findRegion(textIn(body, 'regionId'));
  if (!region) throw apiError('ImportImage', 'InvalidRegionId.NotFound');
  const imageId = body['imageId'] === undefined ? null : textIn(body, 'imageId');
  if (imageId !== null && !findCatalogueImage(imageId)) throw apiError('ExportImage', 'InvalidImageId.NotFound');
  const { sizeBytes } = await core.transfers.probe({ path, ...form });
  // Nobody's, so that no caller sees it.
  const snapshot = newImportedSnapshot({
    id: core.ids.resource('s', region.idInfix),
    accountId: CATALOGUE_ACCOUNT,
    regionId: region.regionId,
    description: '',
    imageId,
    createdAt: core.clock.now(),
    sizeGib: Math.ceil(sizeBytes / GIB),
  });
  const jobId = await core.database.write(async (tx) => {
    await insertSnapshots(tx, [snapshot]);
    const options = { accountId: core.operator.account.id, regionId: region.regionId, resourceId: snapshot.id };
    const input = { snapshotId: snapshot.id, path, ...form };
    return enqueue(tx, { ...core, idInfix: region.idInfix }, 'importCatalogueDisk', input, {
      ...options,
      taskAction: 'ImportImage',
    });
  });
  core.jobs.wake();
  return { json: { imageId, jobId } };
};
