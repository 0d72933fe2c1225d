import { model } from '../../../contract/model.ts';
import { purgeImage } from '../../../records/tables/recycledImages.ts';
import { ownAction } from '../../action.ts';
import { recycledImage } from './recycledImage.ts';

/** Ends an image in the recycle bin before its time. Its snapshots stay, and can be deleted now. */
export const PurgeImage = ownAction(
  'Tongjing',
  'PurgeImage',
  {
    request: model({ regionId: 'string', imageId: 'string' }),
    response: model({}),
    access: 'write',
    required: ['imageId'],
  },
  async (request, call) => {
    const { id } = await recycledImage(call, request);
    await purgeImage(call.db, id);
    return {};
  },
);
