import { model } from '../../../contract/model.ts';
import { listReceived } from '../../../records/tables/imageShares.ts';
import { ownAction } from '../../action.ts';
import { oneOf } from '../../oneOf.ts';
import { pageFor } from '../../page.ts';
import { SHARE_FIELDS, shareFields } from './shareItem.ts';

const Item = model({ ...SHARE_FIELDS, imageName: 'string', regionId: 'string', ownerId: 'string' });

/** What others share with the caller, or offer it, in all regions, the newest first. */
export const ListReceivedImageShares = ownAction(
  'Tongjing',
  'ListReceivedImageShares',
  {
    request: model({ status: 'string', pageNumber: 'number', pageSize: 'number' }),
    response: model({ totalCount: 'number', pageNumber: 'number', pageSize: 'number', shares: [Item] }),
    access: 'read',
  },
  async (request, call) => {
    const status = oneOf(call, request.status, ['Pending', 'Accepted'], 'InvalidParameter');
    const { offset, size, number } = pageFor(call, request);
    const isPending = status === undefined ? undefined : status === 'Pending' ? 1 : 0;
    const filter = { accountId: call.accountId, isPending, now: call.clock.now() } as const;
    const { rows, total } = await listReceived(call.db, filter, { offset, size });
    return {
      totalCount: total,
      pageNumber: number,
      pageSize: size,
      shares: rows.map((row) => {
        const { imageName, regionId, ownerId } = row;
        return { ...shareFields(row), imageName, regionId, ownerId };
      }),
    };
  },
);
