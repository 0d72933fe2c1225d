import { action } from '../../action.ts';
import { ownInstance } from './ownInstance.ts';

export const DescribeUserData = action(
  'Ecs',
  'DescribeUserData',
  { access: 'read', required: ['instanceId'] },
  async (request, call) => {
    const region = call.region(request.regionId);
    const row = await ownInstance(call, request.instanceId);
    if (row.regionId !== region.regionId) throw call.error('InvalidInstanceId.NotFound');
    return { instanceId: row.id, regionId: row.regionId, userData: row.userData ?? '' };
  },
);
