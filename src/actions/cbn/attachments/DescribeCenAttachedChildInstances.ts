import { model } from '../../../contract/model.ts';
import { attachedTo } from '../../../records/tables/cens.ts';
import { ownAction } from '../../action.ts';
import { pageFor } from '../../page.ts';
import { needCen, shownChild } from '../cen.ts';
import { Child } from './child.ts';

export const DescribeCenAttachedChildInstances = ownAction(
  'Cbn',
  'DescribeCenAttachedChildInstances',
  {
    request: model({
      cenId: 'string',
      childInstanceRegionId: 'string',
      childInstanceType: 'string',
      pageNumber: 'number',
      pageSize: 'number',
    }),
    response: model({
      childInstances: model({ childInstance: [Child] }),
      totalCount: 'number',
      pageNumber: 'number',
      pageSize: 'number',
    }),
    access: 'read',
    required: ['cenId'],
  },
  async (request, call) => {
    const page = pageFor(call, request);
    const { id } = await needCen(call, request.cenId);
    const { childInstanceRegionId: regionId, childInstanceType: type } = request;
    const matching = (await attachedTo(call.db, id)).filter(
      (vpc) => (regionId === undefined || vpc.regionId === regionId) && (type === undefined || type === 'VPC'),
    );
    return {
      childInstances: { childInstance: matching.slice(page.offset, page.offset + page.size).map(shownChild) },
      totalCount: matching.length,
      pageNumber: page.number,
      pageSize: page.size,
    };
  },
);
