import { model } from '../../../contract/model.ts';
import { listUsage } from '../../../records/tables/usageLines.ts';
import { currencyOf, priceOf, prices } from '../../../rules/prices.ts';
import { secondsTime } from '../../../rules/times.ts';
import { ownAction } from '../../action.ts';
import { pageFor } from '../../page.ts';

const UsageLine = model({
  kind: 'string',
  snapshotId: 'string',
  imageId: 'string',
  sourceRegionId: 'string',
  bytes: 'number',
  startTime: 'string',
  endTime: 'string',
  unit: 'string',
  unitPrice: 'number',
  price: 'number',
  currency: 'string',
});

/** What copies into a region took and take, and what that costs: traffic when it travelled, capacity as long as the snapshots are held. */
export const ListUsage = ownAction(
  'Tongjing',
  'ListUsage',
  {
    request: model({ regionId: 'string', imageId: 'string', pageNumber: 'number', pageSize: 'number' }),
    response: model({ totalCount: 'number', pageNumber: 'number', pageSize: 'number', usageLines: [UsageLine] }),
    access: 'read',
  },
  async (request, call) => {
    const { regionId } = call.region(request.regionId);
    const { offset, size, number } = pageFor(call, request);
    const filter = { accountId: call.accountId, regionId, imageId: request.imageId };
    const { rows, total } = await listUsage(call.db, filter, { offset, size });
    const currency = currencyOf(call.caller.account.site);
    const usageLines = rows.map(({ kind, snapshotId, imageId, sourceRegionId, bytes, startedAt, endedAt }) => ({
      kind,
      snapshotId,
      imageId: imageId ?? '',
      sourceRegionId,
      bytes,
      startTime: secondsTime(startedAt),
      endTime: endedAt === null ? '' : secondsTime(endedAt),
      ...prices[kind],
      price: priceOf(kind, { bytes, heldMs: (endedAt ?? call.clock.now()) - startedAt }),
      currency,
    }));
    return { totalCount: total, pageNumber: number, pageSize: size, usageLines };
  },
);
