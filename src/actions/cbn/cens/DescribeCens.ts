import { model } from '../../../contract/model.ts';
import { listCens } from '../../../records/tables/cens.ts';
import { secondsTime } from '../../../rules/times.ts';
import { ownAction } from '../../action.ts';
import { pageFor } from '../../page.ts';
import { invalid } from '../cen.ts';

const Cen = model({
  cenId: 'string',
  name: 'string',
  description: 'string',
  status: 'string',
  protectionLevel: 'string',
  resourceGroupId: 'string',
  creationTime: 'string',
  cenBandwidthPackageIds: model({ cenBandwidthPackageId: ['string'] }),
  tags: model({ tag: [model({ key: 'string', value: 'string' })] }),
});

/** Filters: `CenId` and `Name`; of each filter one of the values must match. */
export const DescribeCens = ownAction(
  'Cbn',
  'DescribeCens',
  {
    request: model({
      filter: [model({ key: 'string', value: ['string'] })],
      pageNumber: 'number',
      pageSize: 'number',
    }),
    response: model({ cens: model({ cen: [Cen] }), totalCount: 'number', pageNumber: 'number', pageSize: 'number' }),
    access: 'read',
  },
  async (request, call) => {
    const page = pageFor(call, request);
    const wanted = new Map<string, readonly string[]>();
    for (const { key, value = [] } of request.filter ?? []) {
      if (key !== 'CenId' && key !== 'Name') throw invalid(call, 'Filter.Key', 'It can be CenId or Name.');
      wanted.set(key, value);
    }
    const filter = { accountId: call.accountId, ids: wanted.get('CenId'), names: wanted.get('Name') };
    const { rows, total } = await listCens(call.db, filter, page);
    const cen = rows.map((row) => ({
      cenId: row.id,
      name: row.name,
      description: row.description,
      status: 'Active',
      protectionLevel: row.protectionLevel,
      resourceGroupId: row.resourceGroupId,
      creationTime: secondsTime(row.createdAt),
      cenBandwidthPackageIds: { cenBandwidthPackageId: [] },
      tags: { tag: [] },
    }));
    return { cens: { cen }, totalCount: total, pageNumber: page.number, pageSize: page.size };
  },
);
