import { eipsOfInstances } from '../../../records/tables/eips.ts';
import { groupsOfInstance } from '../../../records/tables/securityGroups.ts';
import { action } from '../../action.ts';
import { ownInstance } from './ownInstance.ts';
import { commonFields } from './instanceItem.ts';

export const DescribeInstanceAttribute = action(
  'Ecs',
  'DescribeInstanceAttribute',
  { access: 'read', required: ['instanceId'] },
  async (request, call) => {
    const row = await ownInstance(call, request.instanceId);
    const securityGroupIds = await groupsOfInstance(call.db, row.id);
    const eip = (await eipsOfInstances(call.db, [row.id])).get(row.id);
    return {
      ...commonFields(row, { securityGroupIds, eip }),
      ioOptimized: row.ioOptimized === 1 ? 'optimized' : 'none',
      dedicatedHostAttribute: { dedicatedHostId: '', dedicatedHostName: '' },
    };
  },
);
