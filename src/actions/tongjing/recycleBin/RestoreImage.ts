import { model } from '../../../contract/model.ts';
import { restoreImage } from '../../../records/tables/recycledImages.ts';
import { ownAction } from '../../action.ts';
import { checkQuota, checkTexts } from '../../ecs/images/newImage.ts';
import { recycledImage } from './recycledImage.ts';

/** Takes an image out of the recycle bin, with its id and tags. It counts as a new one: name, family and quota must be free. */
export const RestoreImage = ownAction(
  'Tongjing',
  'RestoreImage',
  {
    request: model({ regionId: 'string', imageId: 'string' }),
    response: model({}),
    access: 'write',
    required: ['imageId'],
  },
  async (request, call) => {
    const image = await recycledImage(call, request);
    const { name, family, regionId } = image;
    await checkTexts(call, regionId, { name, ...(family !== '' && { family }) });
    await checkQuota(call, regionId);
    await restoreImage(call.db, image);
    return {};
  },
);
