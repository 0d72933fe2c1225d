import { model } from '../../../contract/model.ts';
import { listRecycled } from '../../../records/tables/recycledImages.ts';
import { secondsTime } from '../../../rules/times.ts';
import { ownAction } from '../../action.ts';
import { pageFor } from '../../page.ts';

const Item = model({ imageId: 'string', imageName: 'string', recycleTime: 'string', purgeTime: 'string' });

/** The caller's deleted images that can still be restored, the newest first. */
export const ListRecycledImages = ownAction(
  'Tongjing',
  'ListRecycledImages',
  {
    request: model({ regionId: 'string', pageNumber: 'number', pageSize: 'number' }),
    response: model({ totalCount: 'number', pageNumber: 'number', pageSize: 'number', images: [Item] }),
    access: 'read',
  },
  async (request, call) => {
    const { regionId } = call.region(request.regionId);
    const { offset, size, number } = pageFor(call, request);
    const view = { accountId: call.accountId, regionId, now: call.clock.now() };
    const { rows, total } = await listRecycled(call.db, view, { offset, size });
    const images = rows.map(({ id, name, recycledAt, purgesAt }) => ({
      imageId: id,
      imageName: name,
      recycleTime: secondsTime(recycledAt),
      purgeTime: secondsTime(purgesAt),
    }));
    return { totalCount: total, pageNumber: number, pageSize: size, images };
  },
);
