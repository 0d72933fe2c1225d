import { imageDisksOf } from '../../../records/tables/imageDisks.ts';
import { removeImage } from '../../../records/tables/images.ts';
import { removeSnapshots } from '../../../records/tables/snapshots.ts';
import { allows, imageCan } from '../../../rules/states.ts';
import { action } from '../../action.ts';
import { ownImage } from './ownImage.ts';

/** Ends a copy that is under way: the target and its snapshots are gone at once, the job as soon as it notices. */
export const CancelCopyImage = action(
  'Ecs',
  'CancelCopyImage',
  { access: 'write', required: ['imageId'] },
  async (request, call) => {
    const { regionId } = call.region(request.regionId);
    const image = await ownImage(call, regionId, request.imageId);
    if (image.isCopied === 0) throw call.error('ImageCreatedNotFromCopy');
    if (!allows(imageCan.cancelCopy, image.status)) {
      const about = image.status === 'CreateFailed' ? 'has been failed' : 'has completed';
      throw call.error('IncorrectImageStatus', { about });
    }
    const snapshotIds = (await imageDisksOf(call.db, [image.id])).flatMap(({ snapshotId }) => snapshotId ?? []);
    await removeImage(call.db, image.id, call.clock.now());
    await removeSnapshots(call.db, snapshotIds, call.clock.now());
    await call.cancelJobs(image.id);
    return {};
  },
);
