import { model } from '../../../contract/model.ts';
import { listProtected } from '../../../records/tables/protectedImages.ts';
import { ownAction } from '../../action.ts';
import { pageFor } from '../../page.ts';

const Item = model({ imageId: 'string', imageName: 'string' });

export const ListProtectedImages = ownAction(
  'Tongjing',
  'ListProtectedImages',
  {
    request: model({ regionId: 'string', pageNumber: 'number', pageSize: 'number' }),
    response: model({ totalCount: 'number', pageNumber: 'number', pageSize: 'number', images: [Item] }),
    access: 'read',
  },
  async (request, call) => {
    const { regionId } = call.region(request.regionId);
    const { offset, size, number } = pageFor(call, request);
    const place = { accountId: call.accountId, regionId };
    const { rows, total } = await listProtected(call.db, place, { offset, size });
    const images = rows.map(({ id, name }) => ({ imageId: id, imageName: name }));
    return { totalCount: total, pageNumber: number, pageSize: size, images };
  },
);
