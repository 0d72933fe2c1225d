import { listInstances } from '../../../records/tables/instances.ts';
import { quotas } from '../../../rules/quotas.ts';
import { action } from '../../action.ts';
import { pageFor } from '../../page.ts';

export const DescribeInstanceStatus = action(
  'Ecs',
  'DescribeInstanceStatus',
  { access: 'read' },
  async (request, call) => {
    const { regionId } = call.region(request.regionId);
    if ((request.instanceId ?? []).length > quotas.instancesOfCall) {
      throw call.error('InvalidParameter.TooManyInstanceIds');
    }
    const page = pageFor(call, request, { maxSize: 50 });
    const { rows, total } = await listInstances(
      call.db,
      {
        accountId: call.accountId,
        regionId,
        ids: request.instanceId,
        zoneId: request.zoneId,
      },
      { offset: page.offset, size: page.size, after: null },
    );
    return {
      totalCount: total,
      pageNumber: page.number,
      pageSize: page.size,
      instanceStatuses: { instanceStatus: rows.map(({ id, status }) => ({ instanceId: id, status })) },
    };
  },
);
