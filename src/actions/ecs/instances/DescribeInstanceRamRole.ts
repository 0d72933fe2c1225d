import { listInstances } from '../../../records/tables/instances.ts';
import { action } from '../../action.ts';
import { pageFor } from '../../page.ts';
import { readInstanceIds } from './instanceList.ts';

export const DescribeInstanceRamRole = action(
  'Ecs',
  'DescribeInstanceRamRole',
  { access: 'read' },
  async (request, call) => {
    const { regionId } = call.region(request.regionId);
    const page = pageFor(call, request, { maxSize: 50 });
    const { rows, total } = await listInstances(
      call.db,
      {
        accountId: call.accountId,
        regionId,
        ids: readInstanceIds(call, request.instanceIds),
        ramRoleName: request.ramRoleName,
      },
      { offset: page.offset, size: page.size, after: null },
    );
    return {
      regionId,
      totalCount: total,
      instanceRamRoleSets: {
        instanceRamRoleSet: rows.map(({ id, ramRoleName }) => ({ instanceId: id, ramRoleName: ramRoleName ?? '' })),
      },
    };
  },
);
