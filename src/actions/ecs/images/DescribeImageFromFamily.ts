import { listImages, newestOfFamily } from '../../../records/tables/images.ts';
import { action } from '../../action.ts';
import { familyItems } from './imageItem.ts';

/** A family without an image that can be used is answered without Image. */
export const DescribeImageFromFamily = action(
  'Ecs',
  'DescribeImageFromFamily',
  { access: 'read', required: ['imageFamily'] },
  async (request, call) => {
    const { regionId } = call.region(request.regionId);
    const { accountId } = call;
    const newest = await newestOfFamily(call.db, { accountId, regionId }, request.imageFamily);
    if (!newest) return {};
    const { rows } = await listImages(call.db, { accountId, regionId, ids: [newest.id] }, { offset: 0, size: 1 });
    const [image] = await familyItems(call, regionId, rows);
    return { image: image! };
  },
);
