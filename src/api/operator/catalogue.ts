import { apiError } from '../../contract/errors.ts';
import { enqueue } from '../../jobs/queue.ts';
import { newImportedSnapshot } from '../../records/newSnapshot.ts';
import { insertSnapshots } from '../../records/tables/snapshots.ts';
import { CATALOGUE_ACCOUNT, findCatalogueImage } from '../../rules/catalogue.ts';
import { findRegion } from '../../rules/regions.ts';
import { flagIn, textIn, type Route } from './parts.ts';
import { sizeOfSource, sourceIn } from './source.ts';

const GIB = 1024 ** 3;

/**
 * `{regionId, imageId?}` and a source: a file becomes the disk of a public image, in every region, or, without `imageId`, the
 * built-in one that those stand on which have none. It is stored in the region named. Answers before its bytes are read. `dryRun`: as importImage's.
 */
export const importCatalogueDisk: Route['run'] = async ({ body }, parts) => {
  const core = parts.core();
  const source = flagIn(body, 'dryRun') ? null : sourceIn(body);
  const region = findRegion(textIn(body, 'regionId'));
  if (!region) throw apiError('ImportImage', 'InvalidRegionId.NotFound');
  const imageId = body['imageId'] === undefined ? null : textIn(body, 'imageId');
  if (imageId !== null && !findCatalogueImage(imageId)) throw apiError('ExportImage', 'InvalidImageId.NotFound');
  if (source === null) return { json: {} };
  const sizeBytes = await sizeOfSource(core, source);
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
    const input = { snapshotId: snapshot.id, ...source };
    return enqueue(tx, { ...core, idInfix: region.idInfix }, 'importCatalogueDisk', input, {
      ...options,
      taskAction: 'ImportImage',
    });
  });
  core.jobs.wake();
  return { json: { imageId, jobId } };
};
