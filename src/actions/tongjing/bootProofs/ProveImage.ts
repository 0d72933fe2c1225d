import { model } from '../../../contract/model.ts';
import { findBootProof, startBootProof } from '../../../records/tables/bootProofs.ts';
import { updateImage } from '../../../records/tables/images.ts';
import { allows, imageCan } from '../../../rules/states.ts';
import { ownAction } from '../../action.ts';
import { ownImage } from '../../ecs/images/ownImage.ts';
import { refuseWithoutMachines } from './refuseWithoutMachines.ts';

/** Boots an image once; DescribeImageBootProof tells how it went. One that failed only for that becomes Available when it boots now. */
export const ProveImage = ownAction(
  'Tongjing',
  'ProveImage',
  {
    request: model({ regionId: 'string', imageId: 'string' }),
    response: model({}),
    access: 'write',
    required: ['imageId'],
  },
  async (request, call) => {
    const { regionId } = call.region(request.regionId);
    const image = await ownImage(call, regionId, request.imageId);
    refuseWithoutMachines(call);
    const proof = await findBootProof(call.db, image.id);
    if (proof?.status === 'waiting' || proof?.status === 'booting') return {};
    const isStored =
      image.status === 'CreateFailed' ? proof?.status === 'failed' : allows(imageCan.prove, image.status);
    if (!isStored) throw call.error('IncorrectImageStatus');
    if (image.status === 'CreateFailed') await updateImage(call.db, image.id, { status: 'Creating' });
    await startBootProof(call.db, image.id);
    await call.enqueue('proveImage', { imageId: image.id }, { regionId, resourceId: image.id });
    return {};
  },
);
