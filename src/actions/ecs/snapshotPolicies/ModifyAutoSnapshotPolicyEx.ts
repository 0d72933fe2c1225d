import { updatePolicy } from '../../../records/tables/autoSnapshotPolicies.ts';
import { action } from '../../action.ts';
import { ownPolicy, policyRegion, readWords, schedulePolicy } from './policy.ts';
import { readCopy } from './policyCopy.ts';

export const ModifyAutoSnapshotPolicyEx = action(
  'Ecs',
  'ModifyAutoSnapshotPolicyEx',
  { access: 'write', required: ['regionId', 'autoSnapshotPolicyId'] },
  async (request, call) => {
    const { regionId } = policyRegion(call, request.regionId);
    const policy = await ownPolicy(call, regionId, request.autoSnapshotPolicyId);
    const words = { ...readWords(call, request), ...(await readCopy(call, request, regionId, policy)) };
    const changed = { ...policy, ...words };
    const isMoved = changed.timePoints !== policy.timePoints || changed.repeatWeekdays !== policy.repeatWeekdays;
    const nextAt = isMoved ? await schedulePolicy(call, changed) : policy.nextAt;
    await updatePolicy(call.db, policy.id, { ...words, nextAt });
    return {};
  },
);
