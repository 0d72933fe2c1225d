import { model } from '../../../contract/model.ts';
import { countShares, sharesOf } from '../../../records/tables/imageShares.ts';
import { ownAction } from '../../action.ts';
import { ownImage } from '../../ecs/images/ownImage.ts';
import { pageFor } from '../../page.ts';
import { SHARE_FIELDS, shareFields } from './shareItem.ts';

const Item = model({ ...SHARE_FIELDS, accountId: 'string' });

/** With whom the caller shares an image, and on which terms. */
export const ListImageShares = ownAction(
  'Tongjing',
  'ListImageShares',
  {
    request: model({ regionId: 'string', imageId: 'string', pageNumber: 'number', pageSize: 'number' }),
    response: model({ totalCount: 'number', pageNumber: 'number', pageSize: 'number', shares: [Item] }),
    access: 'read',
    required: ['imageId'],
  },
  async (request, call) => {
    const { regionId } = call.region(request.regionId);
    const image = await ownImage(call, regionId, request.imageId);
    const page = pageFor(call, request);
    const now = call.clock.now();
    const rows = await sharesOf(call.db, image.id, now, page);
    return {
      totalCount: await countShares(call.db, image.id, now),
      pageNumber: page.number,
      pageSize: page.size,
      shares: rows.map((row) => ({ ...shareFields(row), accountId: row.accountId })),
    };
  },
);
