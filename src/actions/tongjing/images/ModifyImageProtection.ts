import { model } from '../../../contract/model.ts';
import { protectImage, unprotectImage } from '../../../records/tables/protectedImages.ts';
import { allows, imageCan } from '../../../rules/states.ts';
import { ownAction } from '../../action.ts';
import { ownImage } from '../../ecs/images/ownImage.ts';

/** While an image is protected nobody deletes it, not even with Force. */
export const ModifyImageProtection = ownAction(
  'Tongjing',
  'ModifyImageProtection',
  {
    request: model({ regionId: 'string', imageId: 'string', deletionProtection: 'boolean' }),
    response: model({}),
    access: 'write',
    required: ['imageId', 'deletionProtection'],
  },
  async (request, call) => {
    const { regionId } = call.region(request.regionId);
    const image = await ownImage(call, regionId, request.imageId);
    if (!allows(imageCan.modify, image.status)) throw call.error('IncorrectImageStatus');
    await (request.deletionProtection ? protectImage : unprotectImage)(call.db, image.id);
    return {};
  },
);
