import { snapshotUsage } from '../../../records/usage.ts';
import { findRegion } from '../../../rules/regions.ts';
import { action } from '../../action.ts';

export const DescribeSnapshotsUsage = action(
  'Ecs',
  'DescribeSnapshotsUsage',
  { access: 'read', required: ['regionId'] },
  async ({ regionId }, call) => {
    if (!findRegion(regionId)) throw call.error('InvalidParam.RegionId');
    const { count, sizeBytes } = await snapshotUsage(call.db, { accountId: call.accountId, regionId });
    return { snapshotCount: count, snapshotSize: sizeBytes };
  },
);
