import { listImages, newestOfFamily } from '../../../records/tables/images.ts';
import { action } from '../../action.ts';
import { viewOf } from '../../view.ts';
import { familyItems } from './imageItem.ts';

/** A family without an image that can be used is answered without Image. */
export const DescribeImageFromFamily = action(
  'Ecs',
  'DescribeImageFromFamily',
  { access: 'read', required: ['imageFamily'] },
  async (request, call) => {
    const { regionId } = call.region(request.regionId);
    const view = await viewOf(call, regionId);
    const newest = await newestOfFamily(call.db, view, request.imageFamily);
    if (!newest) return {};
    const { rows } = await listImages(call.db, { ...view, ids: [newest.id] }, { offset: 0, size: 1 });
    const [image] = await familyItems(call, regionId, rows);
    return { image: image! };
  },
);
