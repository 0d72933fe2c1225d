import { countShares } from '../../../records/tables/imageShares.ts';
import { imageSettingsOf } from '../../../records/tables/imageSettings.ts';
import { countRunningCopies, findOwnImage, removeImage, type ImageRow } from '../../../records/tables/images.ts';
import { listInstances } from '../../../records/tables/instances.ts';
import { unfinishedKinds } from '../../../records/tables/jobs.ts';
import { isImageProtected } from '../../../records/tables/protectedImages.ts';
import { recycleImage } from '../../../records/tables/recycledImages.ts';
import { allows, imageCan } from '../../../rules/states.ts';
import { DAY_MS } from '../../../rules/times.ts';
import { action } from '../../action.ts';
import type { Call } from '../../call.ts';

/** Instances that a refusal names. */
const NAMED = 10;

/** The snapshots behind it stay. One that is deleted already is deleted again in peace. */
export const DeleteImage = action(
  'Ecs',
  'DeleteImage',
  { access: 'write', required: ['imageId'] },
  async (request, call) => {
    const { regionId } = call.region(request.regionId);
    const image = await findOwnImage(call.db, { accountId: call.accountId, regionId }, request.imageId);
    if (!image) throw call.error('InvalidImageId.NotFound');
    if (image.deletedAt !== null) return {};
    await refuseProtected(call, image);
    await refuseWhileBusy(call, image);
    if (!request.force) await refuseWhileUsed(call, image);
    await remove(call, image);
    return {};
  },
);

/** Our own: no Force helps against it. */
async function refuseProtected(call: Call, image: ImageRow): Promise<void> {
  if (await isImageProtected(call.db, image.id)) throw call.error('InvalidOperation.DeletionProtection');
}

/** Into the recycle bin, where the account has one: what came to be complete. */
async function remove(call: Call, image: ImageRow): Promise<void> {
  const now = call.clock.now();
  const { recycleBinDays } = await imageSettingsOf(call.db, call.accountId);
  if (recycleBinDays === 0 || image.kind !== 'self' || !allows(imageCan.recycle, image.status)) {
    await removeImage(call.db, image.id, now);
    return;
  }
  const purgesAt = now + recycleBinDays * DAY_MS;
  await recycleImage(call.db, image, now, purgesAt);
  const { id: imageId, regionId } = image;
  await call.enqueue('purgeImage', { imageId }, { regionId, resourceId: imageId, runAfter: purgesAt });
}

async function refuseWhileBusy(call: Call, image: ImageRow): Promise<void> {
  const kinds = await unfinishedKinds(call.db, image.id);
  if (kinds.some((kind) => kind.startsWith('import'))) throw call.error('ImageIsImporting');
  if (kinds.some((kind) => kind.startsWith('export'))) throw call.error('ImageIsExporting');
  if (!allows(imageCan.delete, image.status)) {
    throw call.error(image.isCopied ? 'OperationDenied.ImageCopying' : 'ImageIsCreating');
  }
  if ((await countRunningCopies(call.db, { sourceImageId: image.id })) > 0) {
    throw call.error('OperationDenied.ImageCopying');
  }
}

/** What Force passes over: receivers and instances that then can't re-initialise their system disks. */
async function refuseWhileUsed(call: Call, image: ImageRow): Promise<void> {
  if (image.kind === 'system') throw call.error('ImageIsPublic');
  if ((await countShares(call.db, image.id, call.clock.now())) > 0) throw call.error('ImageUseShared');
  const { accountId } = call;
  const window = { offset: 0, size: NAMED, after: null };
  const users = await listInstances(call.db, { accountId, regionId: image.regionId, imageId: image.id }, window);
  if (users.total === 0) return;
  const named = users.rows.map(({ id }) => id).join(', ');
  const more = users.total > users.rows.length ? ` and ${users.total - users.rows.length} more` : '';
  throw call.error('ImageUsingByInstance', { hint: `Instances: ${named}${more}.` });
}
