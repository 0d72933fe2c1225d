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
    return {
      ...commonFields(row, await groupsOfInstance(call.db, row.id)),
      ioOptimized: row.ioOptimized === 1 ? 'optimized' : 'none',
      dedicatedHostAttribute: { dedicatedHostId: '', dedicatedHostName: '' },
    };
  },
);
