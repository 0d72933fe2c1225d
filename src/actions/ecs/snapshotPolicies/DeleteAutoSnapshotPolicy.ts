import { deletePolicy } from '../../../records/tables/autoSnapshotPolicies.ts';
import { action } from '../../action.ts';
import { deleteTags } from '../../tags.ts';
import { ownPolicy, policyRegion } from './policy.ts';

/** Its disks are without one afterwards; the snapshots that it made stay. */
export const DeleteAutoSnapshotPolicy = action(
  'Ecs',
  'DeleteAutoSnapshotPolicy',
  { access: 'write', required: ['regionId', 'autoSnapshotPolicyId'] },
  async (request, call) => {
    const { regionId } = policyRegion(call, request.regionId);
    const policy = await ownPolicy(call, regionId, request.autoSnapshotPolicyId);
    await deletePolicy(call.db, policy.id);
    await deleteTags(call.db, 'snapshotpolicy', [policy.id]);
    await call.cancelJobs(policy.id);
    return {};
  },
);
