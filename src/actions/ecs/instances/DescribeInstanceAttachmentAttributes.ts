import { listInstances } from '../../../records/tables/instances.ts';
import { action } from '../../action.ts';
import { pageFor } from '../../page.ts';
import { readInstanceIds } from './instanceList.ts';

/** Which private pool an instance runs in: there are none. */
export const DescribeInstanceAttachmentAttributes = action(
  'Ecs',
  'DescribeInstanceAttachmentAttributes',
  { access: 'read', required: ['instanceIds'] },
  async (request, call) => {
    const { regionId } = call.region(request.regionId);
    const page = pageFor(call, request);
    const { rows, total } = await listInstances(
      call.db,
      { accountId: call.accountId, regionId, ids: readInstanceIds(call, request.instanceIds) },
      { offset: page.offset, size: page.size, after: null },
    );
    return {
      totalCount: total,
      pageNumber: page.number,
      pageSize: page.size,
      instances: {
        instance: rows.map(({ id }) => ({
          instanceId: id,
          privatePoolOptionsId: '',
          privatePoolOptionsMatchCriteria: 'None',
        })),
      },
    };
  },
);
